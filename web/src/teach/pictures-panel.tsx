/** The classes' pictures as a file: saved, and opened in this browser or another. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import { saveFile } from "../parts/save-file.ts";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { addPictures, mostExamples, type TaughtClass } from "./examples.ts";
import { useWork } from "./work.tsx";

const fileName = "my-pictures.zip";

interface PicturesPanelProps {
  readonly classes: readonly TaughtClass[];
  readonly say: (words: string) => void;
}

export function PicturesPanel({ classes, say }: PicturesPanelProps): VNode {
  const text = read(teachText);
  const chooser = useRef<HTMLInputElement>(null);
  const { attempt, notices } = useWork(say);
  const save = (): Promise<void> =>
    attempt(text.saving, async () => {
      const given = classes.map(({ name, examples }) => {
        return { name, examples: examples.map(({ file }) => file) };
      });
      if (given.every(({ examples }) => examples.length === 0)) {
        throw { code: "nothing-to-save", message: "" };
      }
      const file = await engine().savePictures(given);
      saveFile(fileName, file);
      return text.saved(fileName, (file.size / 1e6).toFixed(1));
    });
  const open = (file: File): Promise<void> =>
    attempt(text.openingPictures, async (onLoaded) => {
      const opened = await engine().openPictures(file, onLoaded);
      const { added, leftOut } = addPictures(opened.classes);
      return text.sentences([
        text.openedPictures(added, opened.classes.length),
        ...(opened.leftOut > 0 ? [text.leftOut(opened.leftOut)] : []),
        ...(leftOut > 0 ? [text.full(mostExamples)] : []),
      ]);
    });
  return (
    <>
      <ul class="formats">
        <li>
          <button type="button" onClick={() => void save()}>
            {text.savePictures}
          </button>
          <span class="fine">{text.savePicturesAbout}</span>
        </li>
        <li>
          <button type="button" onClick={() => chooser.current?.click()}>
            {text.openPictures}
          </button>
          <span class="fine">{text.openPicturesAbout}</span>
        </li>
      </ul>
      <input
        ref={chooser}
        type="file"
        accept=".zip"
        hidden
        aria-label={text.openPictures}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) void open(file);
          currentTarget.value = "";
        }}
      />
      {notices}
    </>
  );
}
