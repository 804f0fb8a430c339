/** How it is taught, and how far that is. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ModelChoice } from "../engine/engine-api.ts";
import type { LessonProgress, Way } from "../engine/teach-api.ts";
import { useModels } from "../parts/model-choice.tsx";
import { FailureNotice, Progress } from "../parts/notices.tsx";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { lessonMark, type TaughtClass } from "./examples.ts";
import { lesson, startLesson, stopLesson } from "./lesson.ts";
import { LessonCurves, percent } from "./lesson-curves.tsx";
import { Report, verdict } from "./report.tsx";
import { ownModel } from "./restore-model.ts";

/** Who hears the page is told of epochs at most so often, in milliseconds. */
const saidEvery = 10_000;

const ways: readonly Way[] = ["layer", "blocks", "all"];

interface TrainingProps {
  readonly classes: readonly TaughtClass[];
  readonly say: (words: string) => void;
}

export function Training({ classes, say }: TrainingProps): VNode {
  const text = read(teachText);
  const list = useModels();
  const bases = basesOf(list.models ?? []);
  const [chosen, setChosen] = useState<string>();
  const [way, setWay] = useState<Way>("layer");
  const [mirrored, setMirrored] = useState(true);
  const starter = useRef<HTMLButtonElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const { progress, ended, failure } = lesson.value;
  const base = chosen ?? bases[0]?.name;
  const report = ownModel.value?.report;
  const running = progress !== undefined;

  useSaid(progress, say);
  // Whoever started it by a key is led on to what came of it.
  const wasRunning = useRef(running);
  useEffect(() => {
    const before = wasRunning.current;
    wasRunning.current = running;
    if (!before || running) return;
    if (ended === "stopped") say(text.stopped);
    else if (ended === "done" && report !== undefined)
      say(text.sentences([text.taught, verdict(report)]));
    const focused = document.activeElement;
    if (focused !== null && focused !== document.body) return;
    (ended === "done" ? heading.current : starter.current)?.focus();
  }, [running]);

  return (
    <section class="training" aria-labelledby="training">
      <h2 id="training">{text.training}</h2>
      <div class="halves">
        <div>
          <fieldset disabled={running}>
            <legend>{text.how}</legend>
            {ways.map((each) => (
              <label key={each} class="option">
                <input
                  type="radio"
                  name="way"
                  checked={way === each}
                  onChange={() => setWay(each)}
                />
                <span>
                  {text.ways[each].name} <span class="fine">{text.ways[each].about}</span>
                </span>
              </label>
            ))}
            <label class="option">
              <input
                type="checkbox"
                checked={mirrored}
                onChange={({ currentTarget }) => setMirrored(currentTarget.checked)}
              />
              <span>
                {text.mirrored} <span class="fine">{text.mirroredAbout}</span>
              </span>
            </label>
            {bases.length > 0 && (
              <label class="model">
                <span>{text.base}</span>
                <select
                  value={base}
                  onChange={({ currentTarget }) => setChosen(currentTarget.value)}
                >
                  {bases.map(({ name }) => (
                    <option key={name} value={name}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </fieldset>
          {!running && (
            <div class="row">
              <button
                ref={starter}
                type="button"
                class="primary"
                // Before the models are known there is nothing to start from.
                disabled={list.models === undefined && list.failure === undefined}
                onClick={() => void startLesson(classes, { base, way, mirrored })}
              >
                {text.train}
              </button>
            </div>
          )}
          {list.failure && <FailureNotice failure={list.failure} onAgain={list.again} />}
          {failure && <FailureNotice failure={failure} words={text.failures} />}
          {ended === "stopped" && <p>{text.stopped}</p>}
        </div>
        <div>
          {progress !== undefined ? (
            <Running progress={progress} />
          ) : (
            report !== undefined && (
              <>
                <h3 ref={heading} tabIndex={-1}>
                  {text.taught}
                </h3>
                {ownModel.value?.mark !== lessonMark(classes) && <p>{text.changed}</p>}
                <Report report={report} />
              </>
            )
          )}
        </div>
      </div>
    </section>
  );
}

/** Models of the host that a classifier can be taught from, those first that know most kinds of things. */
function basesOf(models: readonly ModelChoice[]): readonly ModelChoice[] {
  const order = ["classify", "detect"];
  const place = ({ name, task }: ModelChoice): number =>
    name === "imagenet" ? -1 : order.indexOf(task ?? "classify");
  return models
    .filter(({ task, bytes }) => bytes > 0 && order.includes(task ?? "classify"))
    .sort((a, b) => place(a) - place(b));
}

function Running({ progress }: { readonly progress: LessonProgress }): VNode {
  const text = read(teachText);
  const canceller = useRef<HTMLButtonElement>(null);
  const [stopping, setStopping] = useState(false);
  const { stage, share, secondsLeft, epochs, of } = progress;
  // The button that started it is gone.
  useEffect(() => {
    if (document.activeElement === document.body) canceller.current?.focus();
  }, []);
  const label =
    stage === "training"
      ? [
          text.epoch(Math.min(of, epochs.length + 1), of),
          ...(secondsLeft === undefined ? [] : [text.left(secondsLeft)]),
        ].join(", ")
      : text.stages[stage];
  return (
    <>
      <Progress label={label} share={share} />
      <LessonCurves epochs={epochs} of={of} />
      <div class="row">
        <button
          ref={canceller}
          type="button"
          aria-disabled={stopping}
          onClick={() => {
            setStopping(true);
            void stopLesson();
          }}
        >
          {stopping ? text.stopping : text.cancel}
        </button>
      </div>
    </>
  );
}

/** Tells those who hear the page how far it is, now and then. */
function useSaid(progress: LessonProgress | undefined, say: (words: string) => void): void {
  const text = read(teachText);
  const saidAt = useRef(0);
  const done = progress?.epochs.length ?? 0;
  const stage = progress?.stage;
  useEffect(() => {
    if (stage === undefined || stage === "training") return;
    say(text.stages[stage]);
    saidAt.current = performance.now();
  }, [stage]);
  useEffect(() => {
    const last = progress?.epochs.at(-1);
    if (progress === undefined || last === undefined) return;
    if (performance.now() - saidAt.current < saidEvery) return;
    saidAt.current = performance.now();
    say(text.soFar(done, progress.of, percent(last.accuracy)));
  }, [done]);
}
