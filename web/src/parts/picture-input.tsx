/** Where a picture comes from: a file, the clipboard, a sample, the camera. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { common, type SampleName } from "../text/common.ts";
import { read } from "../text/language.ts";
import { FailureNotice } from "./notices.tsx";
import {
  camera,
  type NamedPicture,
  openSample,
  picturesOf,
  sampleNames,
  shownPicture,
  showPicture,
  startCamera,
  stopCamera,
} from "./picture.ts";
import { PictureChooser, useDrop } from "./picture-chooser.tsx";

interface PictureInputProps {
  /** What shows the picture. */
  readonly children: ComponentChildren;
  /** Whether the camera is offered; yes where absent. */
  readonly withCamera?: boolean;
}

/** Ways to give a picture, around what shows it. */
export function PictureInput({ children, withCamera = true }: PictureInputProps): VNode {
  const text = read(common);
  const [failure, setFailure] = useState<Failure>();

  const show = ([first]: readonly NamedPicture[]): void => {
    if (first === undefined) return;
    setFailure(undefined);
    void showPicture(first);
  };
  const { over, handlers } = useDrop({ onPictures: show, onFailure: setFailure });
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent): void =>
      show(picturesOf(clipboardData?.files));
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
      <div class={over ? "stage over" : "stage"} {...handlers}>
        {shownPicture.value === undefined && camera.value === undefined ? (
          <p class="hint">{text.drop}</p>
        ) : (
          children
        )}
      </div>
      <div class="row">
        <PictureChooser words={text.choose} primary onPictures={show} />
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
