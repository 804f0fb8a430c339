/** A class: its name, its examples, and the ways to add some. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { FailureNotice } from "../parts/notices.tsx";
import type { NamedPicture } from "../parts/picture.ts";
import { PictureChooser, useDrop } from "../parts/picture-chooser.tsx";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { ExampleList } from "./example-list.tsx";
import { addExample, mostExamples, renameClass, roomIn, type TaughtClass } from "./examples.ts";
import { Recorder, recorder, startRecorder, stopRecorder } from "./recorder.tsx";

interface ClassCardProps {
  readonly one: TaughtClass;
  readonly number: number;
  /** Says something to those who hear the page. */
  readonly say: (words: string) => void;
  readonly onRemove: () => void;
}

export function ClassCard({ one, number, say, onRemove }: ClassCardProps): VNode {
  const text = read(teachText);
  const { id, name, examples } = one;
  const adder = useRef<HTMLButtonElement>(null);
  const [unreadable, setUnreadable] = useState<readonly string[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const filming = recorder.value?.id === id;

  const add = async (pictures: readonly NamedPicture[]): Promise<void> => {
    setFailure(undefined);
    setUnreadable([]);
    const bad: string[] = [];
    let added = 0;
    for (const picture of pictures) {
      if (roomIn(id) <= 0) {
        setFailure({ code: "full", message: "" });
        break;
      }
      try {
        await addExample(id, picture.file);
        added++;
      } catch (error) {
        const reason = failureOf(error);
        if (reason.code === "invalid-image" && (await isArchive(picture.file))) {
          setFailure({ code: "archive", message: "" });
          break;
        }
        if (reason.code !== "invalid-image") {
          setFailure(reason);
          break;
        }
        bad.push(picture.name);
      }
    }
    setUnreadable(bad);
    if (added > 0) say(text.added(added, name));
  };
  const { over, handlers } = useDrop({
    onPictures: (pictures) => void add(pictures),
    onFailure: setFailure,
  });

  return (
    <section class={over ? "taught over" : "taught"} aria-label={name} {...handlers}>
      <div class="taught-name">
        <input
          type="text"
          value={name}
          maxLength={100}
          aria-label={text.nameLabel(number)}
          onInput={({ currentTarget }) => renameClass(id, currentTarget.value)}
        />
        <button type="button" class="remove" aria-label={text.removeClass(name)} onClick={onRemove}>
          <span aria-hidden="true">×</span>
        </button>
      </div>
      <p class="fine">
        {text.pictures(examples.length)}
        {examples.length === 0 && ` · ${text.dropHere}`}
      </p>
      <ExampleList one={one} onEmpty={() => adder.current?.focus()} />
      {filming && <Recorder one={one} say={say} onFailure={setFailure} />}
      <div class="row">
        <PictureChooser
          words={text.addPictures}
          label={text.addPicturesTo(name)}
          multiple
          button={adder}
          onPictures={(pictures) => void add(pictures)}
        />
        <button
          type="button"
          onClick={() => {
            setFailure(undefined);
            if (filming) stopRecorder();
            else startRecorder(id).catch((error: unknown) => setFailure(failureOf(error)));
          }}
        >
          {filming ? text.stopCamera : text.camera}
        </button>
      </div>
      {unreadable.length > 0 && (
        <p class="failure" role="alert">
          {text.unreadable(unreadable.join(", "))}
        </p>
      )}
      {failure && (
        <FailureNotice
          failure={failure}
          words={{ ...text.failures, full: text.full(mostExamples) }}
        />
      )}
    </section>
  );
}

/** Whether a file begins as a .zip does. */
async function isArchive(file: Blob): Promise<boolean> {
  const [p, k] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return p === 0x50 && k === 0x4b;
}
