/** The model as files: saved, opened, forgotten. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import type { ModelFormat } from "../engine/teach-api.ts";
import { FailureNotice } from "../parts/notices.tsx";
import { saveFile } from "../parts/save-file.ts";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import type { TaughtClass } from "./examples.ts";
import { forgetModel, openFiles } from "./own-model.ts";
import { type OwnModel, ownModel } from "./restore-model.ts";
import { notKept } from "./storage.ts";
import { useWork } from "./work.tsx";

const endings: Readonly<Record<ModelFormat, string>> = {
  zip: ".zip",
  tflite: ".tflite",
  "tflite-int8": "-int8.tflite",
};

interface ModelPanelProps {
  readonly classes: readonly TaughtClass[];
  readonly say: (words: string) => void;
}

export function ModelPanel({ classes, say }: ModelPanelProps): VNode {
  const text = read(teachText);
  const chooser = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const { attempt, notices } = useWork(say);
  const model = ownModel.value;

  const save = ({ name, files }: OwnModel, format: ModelFormat): Promise<void> =>
    attempt(text.saving, async (onLoaded) => {
      const examples = classes.flatMap((one) => one.examples.map(({ file }) => file));
      if (format === "tflite-int8" && examples.length === 0) {
        throw { code: "no-pictures", message: "" };
      }
      const { file, agreement } = await engine().saveModel(files, format, examples, onLoaded);
      const saved = `${name.replace(/\.\w+$/, "")}${endings[format]}`;
      saveFile(saved, file);
      const words = text.saved(saved, (file.size / 1e6).toFixed(1));
      return agreement === undefined
        ? words
        : text.sentences([words, text.agreement(agreement.same, agreement.of)]);
    });
  // What was opened is a file already.
  const formats: readonly ModelFormat[] =
    model?.report === undefined ? ["tflite", "tflite-int8"] : ["zip", "tflite", "tflite-int8"];

  return (
    <section aria-labelledby="keep">
      <h2 id="keep">{text.keep}</h2>
      {notKept.value === undefined ? (
        <p>{text.kept}</p>
      ) : (
        <FailureNotice failure={notKept.value} words={text.failures} />
      )}
      {model !== undefined && (
        <ul class="formats">
          {formats.map((format) => (
            <li key={format}>
              <button type="button" onClick={() => void save(model, format)}>
                {text.save[format]}
              </button>
              <span class="fine">{text.saveAbout[format]}</span>
            </li>
          ))}
        </ul>
      )}
      <ul class="formats">
        <li>
          <button ref={opener} type="button" onClick={() => chooser.current?.click()}>
            {text.openModel}
          </button>
          <span class="fine">{text.openAbout}</span>
        </li>
        {model !== undefined && (
          <li>
            <button
              type="button"
              onClick={() => {
                opener.current?.focus();
                void attempt(text.forget, async () => {
                  await forgetModel();
                  return text.forgot;
                });
              }}
            >
              {text.forget}
            </button>
            <span class="fine">{text.forgetAbout}</span>
          </li>
        )}
      </ul>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label={text.openModel}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = "";
          if (files.length === 0) return;
          void attempt(text.opening, async () => {
            const { name, labels } = await openFiles(files);
            return text.opened(name, labels.length);
          });
        }}
      />
      {notices}
      {model?.report !== undefined && (
        <p class="fine">
          {text.onCommandLine}{" "}
          <code>npx mobilenetv2 classify photo.jpg --model {model.name}.zip</code>
        </p>
      )}
    </section>
  );
}
