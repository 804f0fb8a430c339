/**
 * SHA-256 (FIPS 180-4) at once and everywhere: browsers compute it only later, and not at all in pages
 * that come over plain HTTP. Some 150 MB a second.
 */

/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
const constants = /* @__PURE__ */ fractions(64, Math.cbrt);

/** The same of the square roots of the first eight. */
const start = /* @__PURE__ */ fractions(8, Math.sqrt);

function fractions(count: number, root: (value: number) => number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return Uint32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

/**
 * The hash of bytes, in hexadecimal.
 *
 * @example
 * ```ts
 * sha256(new Uint8Array()).slice(0, 16); // "e3b0c44298fc1c14"
 * ```
 */
export function sha256(bytes: Uint8Array): string {
  const state = Uint32Array.from(start);
  const words = new Uint32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  mix(state, words, new DataView(bytes.buffer, bytes.byteOffset, whole));
  // What is left, a one, zeros, and the count of bits.
  const rest = bytes.length - whole;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(bytes.subarray(whole));
  last[rest] = 0x80;
  const view = new DataView(last.buffer);
  view.setBigUint64(last.length - 8, 8n * BigInt(bytes.length));
  mix(state, words, view);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** Takes blocks of 64 bytes into the state. */
function mix(state: Uint32Array, words: Uint32Array, blocks: DataView): void {
  for (let block = 0; block < blocks.byteLength; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = blocks.getUint32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [x, y] = [words[i - 15]!, words[i - 2]!];
      const low = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
      const high = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
      words[i] = (words[i - 16]! + low + words[i - 7]! + high) | 0;
    }
    let a = state[0]! | 0;
    let b = state[1]! | 0;
    let c = state[2]! | 0;
    let d = state[3]! | 0;
    let e = state[4]! | 0;
    let f = state[5]! | 0;
    let g = state[6]! | 0;
    let h = state[7]! | 0;
    for (let i = 0; i < 64; i++) {
      const sum = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const choice = (e & f) ^ (~e & g);
      const first = (h + sum + choice + constants[i]! + words[i]!) | 0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
