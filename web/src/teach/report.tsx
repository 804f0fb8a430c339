/** What came of a lesson, in words. */
import type { VNode } from "preact";
import { heldOf, type LessonReport } from "../engine/teach-api.ts";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { LessonCurves, percent } from "./lesson-curves.tsx";

/** How good the model is, in a sentence. */
export function verdict(report: LessonReport): string {
  const text = read(teachText);
  const judged = report.classes.reduce((sum, { pictures }) => sum + pictures, 0);
  const right = report.classes.reduce((sum, one) => sum + one.right, 0);
  const share = percent(judged === 0 ? 0 : right / judged);
  return report.held > 0 ? text.tested(right, judged, share) : text.untested(share, heldOf);
}

export function Report({ report }: { readonly report: LessonReport }): VNode {
  const text = read(teachText);
  const { trained, base, skipped, held, classes, epochs } = report;
  return (
    <>
      <p>{verdict(report)}</p>
      <p class="fine">
        {text.sentences([
          text.trainedOn(trained, base),
          ...(skipped > 0 ? [text.leftOut(skipped)] : []),
          ...(held > 0 ? [text.flatters] : []),
        ])}
      </p>
      <h3>{text.byClass}</h3>
      <ul class="by-class">
        {classes.map(({ name, pictures, right }, index) => (
          <li key={index}>
            <span class="label">{name}</span>
            <span class="value">{text.rightOf(right, pictures)}</span>
          </li>
        ))}
      </ul>
      <LessonCurves epochs={epochs} of={epochs.length} />
    </>
  );
}
