/** Accuracy and loss of a lesson, epoch by epoch: drawn, and as numbers. */
import type { VNode } from "preact";
import type { EpochPoint } from "../engine/teach-api.ts";
import { percentOf } from "../parts/notices.tsx";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { Curve } from "./curve.tsx";

interface LessonCurvesProps {
  readonly epochs: readonly EpochPoint[];
  readonly of: number;
}

const rounded = (loss: number): string => loss.toFixed(2);

/** In whole per cents, which stay in one line. */
export const percent = (share: number): string => `${Math.round(share * 100)}\u00a0%`;

export function LessonCurves({ epochs, of }: LessonCurvesProps): VNode | null {
  const text = read(teachText);
  const [first, last] = [epochs[0], epochs.at(-1)];
  if (first === undefined || last === undefined) return null;
  const losses = epochs.map(({ loss }) => loss);
  const told = (what: string, from: string, to: string): string =>
    text.curve(what, from, to, epochs.length);
  return (
    <>
      <div class="curves">
        <Curve
          title={text.accuracy}
          values={epochs.map(({ accuracy }) => accuracy)}
          of={of}
          top={1}
          shown={percent}
          unit={text.epochs}
          label={told(text.accuracy, percent(first.accuracy), percent(last.accuracy))}
        />
        <Curve
          title={text.loss}
          values={losses}
          of={of}
          top={Math.max(...losses)}
          shown={rounded}
          unit={text.epochs}
          label={told(text.loss, rounded(first.loss), rounded(last.loss))}
        />
      </div>
      <details>
        <summary>{text.numbers}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.epochs}</th>
              <th scope="col">{text.accuracy}</th>
              <th scope="col">{text.loss}</th>
            </tr>
          </thead>
          <tbody>
            {epochs.map(({ accuracy, loss }, index) => (
              <tr key={index}>
                <td>{index + 1}</td>
                <td>{percentOf(accuracy)}</td>
                <td>{loss.toFixed(3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
