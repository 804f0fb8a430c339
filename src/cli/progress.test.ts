import { describe, expect, it } from "vitest";
import { formatCount } from "./format.ts";
import { createProgress } from "./progress.ts";
import { dress } from "./terminal.ts";

/** A progress display whose clock and output the test holds. */
function display(interactive: boolean, patient = false) {
  const written: string[] = [];
  const clock = { time: 0 };
  const writer = {
    interactive,
    width: 60,
    write: (text: string) => written.push(dress(text)),
    dim: (text: string) => text,
  };
  const style = { format: formatCount, patient, now: () => clock.time };
  return { written, clock, progress: createProgress(writer, style) };
}

describe("progress on a terminal", () => {
  it("redraws one line, not more often than the eye sees, and removes it", () => {
    const { written, clock, progress } = display(true);
    for (let done = 0; done <= 100; done++) {
      clock.time = done * 10;
      progress.update(done, 100, "images");
    }
    progress.clear();
    progress.clear();
    expect(written.length).toBeLessThan(20);
    expect(written.join("")).not.toContain("\n");
    expect(written.at(-2)).toContain("100 of 100  images");
    expect(written.at(-1)).toBe("\r\x1b[K");
  });

  it("never wraps, so that it can be redrawn", () => {
    const { written, progress } = display(true);
    progress.update(1, undefined, "downloading ".repeat(20));
    expect(written[0]!.replace("\r\x1b[K", "").length).toBeLessThan(60);
  });
});

describe("progress in a log", () => {
  it("is a line at the start, at the end and every few seconds", () => {
    const { written, clock, progress } = display(false);
    for (let done = 0; done <= 100; done++) {
      clock.time = done * 100;
      progress.update(done, 100, "downloading");
    }
    progress.clear();
    expect(written).toEqual([0, 50, 100].map((done) => `downloading: ${done} of 100\n`));
  });

  it("is silent for short work where it is patient", () => {
    const { written, clock, progress } = display(false, true);
    progress.update(0, 9, "images");
    clock.time = 4999;
    progress.update(1, 9, "images");
    expect(written).toEqual([]);
    clock.time = 5000;
    progress.update(2, 9, "images");
    expect(written).toEqual(["images: 2 of 9\n"]);
  });
});
