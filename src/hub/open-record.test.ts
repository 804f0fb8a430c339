import { expect, it } from "vitest";
import { zeroFiles } from "../../test/open-bytes.ts";
import { openModel } from "../formats/open-model.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { findRecord } from "./lookup.ts";
import { locateRecord } from "./open-record.ts";

it("rejects weights of another network than the record's", async () => {
  const files = zeroFiles(mobilenetV2({ width: 0.35, classes: 3 }));
  const { source, request } = locateRecord(findRecord("nsfw"), files);
  await expect(openModel(source, request)).rejects.toThrow(
    /another architecture, width or class count/,
  );
});
