/** An address `bytes` further on; 0, which stands for no address, stays 0. */
export function further(address: usize, bytes: usize): usize {
  return address == 0 ? address : address + bytes;
}
