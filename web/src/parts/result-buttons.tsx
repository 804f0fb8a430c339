/** What can be taken along of a result. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Failure } from "../engine/engine-api.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";
import { FailureNotice } from "./notices.tsx";
import { saveFile } from "./save-file.ts";

/** Numbers as a list, whatever holds them. */
function listed(_: string, value: unknown): unknown {
  return value instanceof Float32Array ? [...value] : value;
}

interface ResultButtonsProps {
  readonly result: unknown;
  readonly drawing?: ImageBitmap | undefined;
}

export function ResultButtons({ result, drawing }: ResultButtonsProps): VNode {
  const text = read(common);
  const [copied, setCopied] = useState<unknown>();
  const [failure, setFailure] = useState<Failure>();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(JSON.stringify(result, listed, 2));
      setFailure(undefined);
      setCopied(result);
    } catch (error) {
      setFailure({ code: "clipboard", message: String(error) });
    }
  };
  const save = async (): Promise<void> => {
    if (drawing === undefined) return;
    const canvas = new OffscreenCanvas(drawing.width, drawing.height);
    canvas.getContext("2d")?.drawImage(drawing, 0, 0);
    saveFile("result.png", await canvas.convertToBlob({ type: "image/png" }));
  };
  return (
    <div class="row">
      <button type="button" onClick={copy}>
        {text.copyJson}
      </button>
      {drawing !== undefined && (
        <button type="button" onClick={save}>
          {text.savePicture}
        </button>
      )}
      <span role="status">{copied === result ? text.copied : ""}</span>
      {failure && <FailureNotice failure={failure} />}
    </div>
  );
}
