import { expect, it } from "vitest";
import { zeroFiles } from "../../test/open-bytes.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { findRecord } from "./lookup.ts";
import { openRecord } from "./open-record.ts";

it("rejects weights of another network than the record's", async () => {
  const files = zeroFiles(mobilenetV2({ width: 0.35, classes: 3 }));
  await expect(openRecord(findRecord("nsfw"), files)).rejects.toThrow(
    /another architecture, width or class count/,
  );
});
