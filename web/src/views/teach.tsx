/** Classes of one's own: examples, a lesson, and the model that comes of it. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { chooseModel } from "../parts/model-choice.tsx";
import { FailureNotice } from "../parts/notices.tsx";
import { camera } from "../parts/picture.ts";
import { ClassCard } from "../teach/class-card.tsx";
import {
  addClass,
  classes,
  clearClasses,
  removeClass,
  restoreClasses,
  type TaughtClass,
} from "../teach/examples.ts";
import { lesson } from "../teach/lesson.ts";
import { ModelPanel } from "../teach/model-panel.tsx";
import { PicturesPanel } from "../teach/pictures-panel.tsx";
import { recorder, stopRecorder } from "../teach/recorder.tsx";
import { ownModel, restoreModel } from "../teach/restore-model.ts";
import { Training } from "../teach/training.tsx";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { Classify } from "./classify.tsx";
import "./teach.css";

export function Teach(): VNode {
  const text = read(teachText);
  const [said, say] = useState("");
  const [failure, setFailure] = useState<Failure>();
  const model = ownModel.value;
  const looking = camera.value;
  useEffect(() => {
    void restoreClasses();
    restoreModel().catch((error: unknown) => setFailure(failureOf(error)));
    return stopRecorder;
  }, []);
  // Whoever teaches a model tries that one.
  useEffect(() => {
    if (model !== undefined) void chooseModel("classify", model.name);
  }, [model]);
  // One camera at a time.
  useEffect(() => {
    if (looking !== undefined) stopRecorder();
  }, [looking]);
  // Beside its place a picture would be opened instead of this page.
  useEffect(() => {
    const keepPage = (event: Event): void => event.preventDefault();
    addEventListener("dragover", keepPage);
    addEventListener("drop", keepPage);
    return () => {
      removeEventListener("dragover", keepPage);
      removeEventListener("drop", keepPage);
    };
  }, []);
  const taught = classes.value;
  return (
    <>
      <p class="heard" role="status">
        {said}
      </p>
      {taught !== undefined && (
        <>
          <Classes taught={taught} say={say} />
          <Training classes={taught} say={say} />
        </>
      )}
      {model !== undefined && lesson.value.progress === undefined && (
        <section aria-labelledby="try">
          <h2 id="try">{text.use}</h2>
          <p class="fine">{text.useAbout(model.name, text.names(someOf(model.labels)))}</p>
          <Classify />
        </section>
      )}
      {failure && <FailureNotice failure={failure} words={text.failures} />}
      {taught !== undefined && <ModelPanel classes={taught} say={say} />}
    </>
  );
}

/** So many names are listed. */
const mostNames = 12;

function someOf(labels: readonly string[]): readonly string[] {
  return labels.length > mostNames ? [...labels.slice(0, mostNames), "…"] : labels;
}

interface ClassesProps {
  readonly taught: readonly TaughtClass[];
  readonly say: (words: string) => void;
}

function Classes({ taught, say }: ClassesProps): VNode {
  const text = read(teachText);
  const list = useRef<HTMLDivElement>(null);
  const adder = useRef<HTMLButtonElement>(null);
  /** Whose name is to have the focus once it is there. */
  const focused = useRef<number>();
  useEffect(() => {
    if (focused.current === undefined) return;
    const name = list.current?.querySelectorAll<HTMLInputElement>(".taught-name input");
    const field = name?.[focused.current];
    focused.current = undefined;
    field?.focus();
    field?.select();
  }, [taught.length]);
  return (
    <section aria-labelledby="classes">
      <h2 id="classes">{text.classes}</h2>
      <p class="fine">{text.hint}</p>
      <div class="classes" ref={list}>
        {taught.map((one, index) => (
          <ClassCard
            key={one.id}
            one={one}
            number={index + 1}
            say={say}
            onRemove={() => {
              const { length } = one.examples;
              if (length > 0 && !confirm(text.reallyRemove(one.name, length))) return;
              if (recorder.value?.id === one.id) stopRecorder();
              removeClass(one.id);
              say(text.removed(one.name));
              adder.current?.focus();
            }}
          />
        ))}
      </div>
      <div class="row">
        <button
          ref={adder}
          type="button"
          onClick={() => {
            focused.current = taught.length;
            addClass();
          }}
        >
          {text.addClass}
        </button>
        {taught.some(({ examples }) => examples.length > 0) && (
          <button
            type="button"
            onClick={() => {
              if (!confirm(text.reallyAnew)) return;
              stopRecorder();
              adder.current?.focus();
              clearClasses();
            }}
          >
            {text.startAnew}
          </button>
        )}
      </div>
      <PicturesPanel classes={taught} say={say} />
    </section>
  );
}
