/** Data sets of boxes in a folder of each test: small pictures, and what a reader makes of them. */
import sharp from "sharp";
import { beforeEach } from "vitest";
import type { DetectionData } from "../src/data/annotated.ts";
import { type DetectionOptions, readDetections } from "../src/data/detections-node.ts";
import { type DataFolder, dataFolder } from "./data-folder.ts";

/** A data set in the making. */
export interface BoxesFolder {
  readonly disk: DataFolder;
  /** What was warned of in this test. */
  readonly notes: string[];
  /** Puts pictures of 40 × 30 pixels. */
  pictures(...paths: readonly string[]): Promise<void>;
  /** Reads it; bad annotations end that unless a test says otherwise. */
  read(options?: DetectionOptions): Promise<DetectionData>;
  /** The names of each part's pictures, each with its classes and left edges. */
  outline(options?: DetectionOptions): Promise<Record<string, string[]>>;
}

export function boxesFolder(): BoxesFolder {
  const disk = dataFolder();
  const notes: string[] = [];
  beforeEach(() => {
    notes.length = 0;
  });
  const read: BoxesFolder["read"] = (options = {}) =>
    readDetections(disk.path, {
      ...{ damaged: "stop", onWarning: (note) => notes.push(note) },
      ...options,
    });
  return {
    disk,
    notes,
    read,
    async pictures(...paths) {
      const create = { width: 40, height: 30, channels: 3, background: "grey" } as const;
      const bytes = await sharp({ create }).jpeg().toBuffer();
      for (const path of paths) await disk.put(path, bytes);
    },
    async outline(options) {
      const { parts, classes } = await read(options);
      const named = Object.entries(parts).map(([part, all]) => [
        part,
        all.map(({ name, objects }) => {
          const boxes = objects.map(({ classIndex, box }) => `${classes[classIndex]} ${box.x}`);
          return [name, ...boxes].join(" ");
        }),
      ]);
      return Object.fromEntries(named);
    },
  };
}
