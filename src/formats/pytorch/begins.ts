/** How PyTorch's files begin, for telling them before their reader is loaded. */

/** Whether a file begins like a zip. */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

/** Whether a file begins like one of torch.save's: a zip, or a pickle of its magic number. */
export function isCheckpoint(head: Uint8Array): boolean {
  return isZip(head) || (head[0] === 0x80 && head[1] === 2 && head[2] === 0x8a && head[3] === 10);
}
