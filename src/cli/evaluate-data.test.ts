import { describe, expect, it } from "vitest";
import { checkDataSource, spread } from "./evaluate-data.ts";
import { UsageError } from "./usage-error.ts";

describe("some of the samples", () => {
  it("are spread evenly, so that the first class is not all", () => {
    const samples = Array.from({ length: 10 }, (_, i) => i);
    expect(spread(samples, 5)).toEqual([0, 2, 4, 6, 8]);
    expect(spread(samples, 3)).toEqual([0, 3, 6]);
    expect(spread(samples, 1)).toEqual([0]);
  });

  it("are all of them without a limit or with a large one", () => {
    expect(spread([1, 2], undefined)).toEqual([1, 2]);
    expect(spread([1, 2], 3)).toEqual([1, 2]);
  });
});

describe("the data", () => {
  it("is a folder, or a COCO file, which lies in one", async () => {
    expect(await checkDataSource("src", "list.txt")).toEqual({ data: "src", list: "list.txt" });
    expect(await checkDataSource("test/golden/detection.json", undefined)).toEqual({
      data: "test/golden",
      list: "test/golden/detection.json",
    });
  });

  it("is refused where it is neither, and not found where it is not there", async () => {
    await expect(checkDataSource("LICENSE", undefined)).rejects.toBeInstanceOf(UsageError);
    await expect(checkDataSource(undefined, "list.txt")).rejects.toBeInstanceOf(UsageError);
    await expect(checkDataSource("nowhere", undefined)).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
