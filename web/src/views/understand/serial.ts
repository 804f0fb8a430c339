/** Objects told apart by numbers, for keys of what is asked about them. */
const serials = new WeakMap<object, number>();
let next = 0;

/** An object's number, which no other has. */
export function serialOf(object: object): number {
  const serial = serials.get(object) ?? next++;
  serials.set(object, serial);
  return serial;
}
