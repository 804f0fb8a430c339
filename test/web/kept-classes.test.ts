/** Tabs that change the same kept classes: each one's changes hold beside the other's. */
import { describe, expect, it } from "vitest";
import { mergeClasses } from "../../web/src/teach/kept-classes.ts";

const one = (id: string, examples: string, name = id) => ({ id, name, examples: [...examples] });

describe("what another tab did since", () => {
  const before = [one("cat", "ab"), one("dog", "c")];
  it.each([
    ["added to a class", [one("cat", "abx"), one("dog", "c")]],
    ["removed an example", [one("cat", "b"), one("dog", "c")]],
    ["gave a class another name", [one("cat", "ab", "lion"), one("dog", "c")]],
    ["added a class", [one("cat", "ab"), one("dog", "c"), one("owl", "x")]],
    ["removed a class", [one("dog", "c")]],
  ])("stays where it %s", (_, kept) => {
    expect(mergeClasses(kept, { before, now: before })).toEqual(kept);
    const now = [one("cat", "ab"), one("dog", "cd")];
    const merged = mergeClasses(kept, { before, now });
    const wanted = kept.map((each) => (each.id === "dog" ? one("dog", "cd") : each));
    expect(merged).toEqual(wanted);
  });
});

it("what this tab did is done to what is kept", () => {
  const before = [one("cat", "ab"), one("dog", "c")];
  const kept = [one("cat", "abx"), one("dog", "cy")];
  const merge = (...now: ReturnType<typeof one>[]) => mergeClasses(kept, { before, now });
  expect(merge(one("cat", "b", "lion"), one("dog", "c"))).toEqual([
    one("cat", "bx", "lion"),
    one("dog", "cy"),
  ]);
  expect(merge(one("dog", "c"))).toEqual([one("dog", "cy")]);
  expect(merge(...before, one("owl", "z"))).toEqual([...kept, one("owl", "z")]);
});

it("a class that is gone elsewhere comes back with what was added to it here", () => {
  const before = [one("cat", "ab"), one("dog", "c")];
  const now = [one("cat", "abx"), one("dog", "c")];
  expect(mergeClasses([], { before, now })).toEqual([one("cat", "x")]);
});

it("the empty classes that a tab begins with are not kept twice", () => {
  const kept = [one("1", "a", "cat"), one("2", "", "Class 2")];
  const now = [one("3", "b", "dog"), one("4", "", "Class 2")];
  expect(mergeClasses(kept, { before: [], now })).toEqual([...kept, now[0]]);
  // Until something is in them.
  const later = [now[0]!, one("4", "c", "Class 2")];
  expect(mergeClasses([...kept, now[0]!], { before: now, now: later })).toEqual([
    ...kept,
    ...later,
  ]);
});
