/** Where a picture comes from: a file, the clipboard, a sample, the camera. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { failureOf } from "../engine/engine.ts";
import type { Failure } from "../engine/engine-api.ts";
import { common, type SampleName } from "../text/common.ts";
import { read } from "../text/language.ts";
import { FailureNotice } from "./notices.tsx";
import {
  camera,
  openSample,
  picturesOf,
  sampleNames,
  shownPicture,
  showPicture,
  startCamera,
  stopCamera,
} from "./picture.ts";

interface PictureInputProps {
  /** What shows the picture. */
  readonly children: ComponentChildren;
  /** Whether the camera is offered; yes where absent. */
  readonly withCamera?: boolean;
}

/** Ways to give a picture, around what shows it. */
export function PictureInput({ children, withCamera = true }: PictureInputProps): VNode {
  const text = read(common);
  const [over, setOver] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const chooser = useRef<HTMLInputElement>(null);

  const show = (data: DataTransfer | null): void => {
    const [first] = picturesOf(data);
    if (first === undefined) return;
    setFailure(undefined);
    void showPicture(first);
  };
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent): void => show(clipboardData);
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, []);

  const attempt = (work: () => Promise<void>) => async (): Promise<void> => {
    setFailure(undefined);
    await work().catch((error: unknown) => setFailure(failureOf(error)));
  };
  const sample = (name: SampleName) =>
    attempt(() => showPicture(openSample(name, text.sampleNames[name])));

  return (
    <section class="input" aria-label={text.picture}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping has the button beside it for a keyboard. */}
      <div
        class={over ? "stage over" : "stage"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          show(event.dataTransfer);
        }}
      >
        {shownPicture.value === undefined && camera.value === undefined ? (
          <p class="hint">{text.drop}</p>
        ) : (
          children
        )}
      </div>
      <div class="row">
        <button type="button" class="primary" onClick={() => chooser.current?.click()}>
          {text.choose}
        </button>
        <input
          ref={chooser}
          type="file"
          accept="image/*"
          hidden
          aria-label={text.choose}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            currentTarget.value = "";
            if (file === undefined) return;
            setFailure(undefined);
            void showPicture({ name: file.name, file });
          }}
        />
        {withCamera && camera.value === undefined && (
          <button type="button" onClick={attempt(startCamera)}>
            {text.camera}
          </button>
        )}
        {withCamera && camera.value !== undefined && (
          <button type="button" onClick={stopCamera}>
            {text.stopCamera}
          </button>
        )}
      </div>
      <fieldset class="row samples">
        <legend>{text.samples}</legend>
        {sampleNames.map((name) => (
          <button type="button" key={name} class="sample" onClick={sample(name)}>
            <img src={`./samples/${name}.jpg`} alt="" width="48" height="48" loading="lazy" />
            {text.sampleNames[name]}
          </button>
        ))}
      </fieldset>
      {failure && <FailureNotice failure={failure} />}
    </section>
  );
}
