/** What in the visitor's picture spoke for a class. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../../engine/engine.ts";
import type { LookedAt } from "../../engine/understand-api.ts";
import { FailureNotice, percentOf } from "../../parts/notices.tsx";
import { Painted } from "../../parts/vision.tsx";
import { read } from "../../text/language.ts";
import { featuresText } from "../../text/understand-measures.ts";
import { serialOf } from "./serial.ts";
import { useLatest } from "./use-latest.ts";

/** What in the picture spoke for a class, the best one at first. */
export function Activation({ looked }: { readonly looked: LookedAt }): VNode | null {
  const text = read(featuresText);
  const { classes, hasActivation } = looked;
  const [chosen, setChosen] = useState<number>();
  const shown = classes.find(({ index }) => index === chosen) ?? classes[0];
  const asked = hasActivation ? shown : undefined;
  const { value, failure } = useLatest(
    async () => ({ asked, drawing: await engine().activation(asked?.index ?? 0) }),
    asked && `${serialOf(looked)} ${asked.index}`,
  );
  if (shown === undefined) return null;
  return (
    <section aria-label={text.spoke}>
      <h3>{text.spoke}</h3>
      <label class="choice">
        <span>{text.class}</span>
        <select
          value={shown.index}
          onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
        >
          {classes.map(({ label, index, score }) => (
            <option key={index} value={index}>
              {label}, {percentOf(score)}
            </option>
          ))}
        </select>
      </label>
      {failure && <FailureNotice failure={failure} />}
      {hasActivation ? (
        value?.asked && (
          <>
            <Painted drawing={value.drawing} name={text.spokeFor(value.asked.label)} />
            <p class="fine">{text.spokeExplained}</p>
          </>
        )
      ) : (
        <p>{text.noActivation}</p>
      )}
    </section>
  );
}
