/** Figure 1: a spiral through n dimensions and an activation, and back. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import {
  type ActivationName,
  activationNames,
} from "../../../../src/experiments/manifold/activations.ts";
import { engine } from "../../engine/engine.ts";
import type { ManifoldAsked, ManifoldBack, ManifoldShown } from "../../engine/understand-api.ts";
import { FailureNotice, percentOf } from "../../parts/notices.tsx";
import { Slider } from "../../parts/slider.tsx";
import { read } from "../../text/language.ts";
import { manifoldText } from "../../text/understand-figures.ts";
import { SpiralPlot } from "./spiral-plot.tsx";
import { Few, few, Row, Table } from "./tables.tsx";
import { useLatest } from "./use-latest.ts";

export function Manifold(): VNode {
  const text = read(manifoldText);
  const [asked, setAsked] = useState<ManifoldAsked>({ channels: 2, activation: "relu", seed: 1 });
  const { value, failure } = useLatest(() => engine().manifold(asked), JSON.stringify(asked));
  return (
    <>
      <p>{text.about}</p>
      <div class="controls">
        <Slider
          label={text.dimensions}
          value={asked.channels}
          from={2}
          to={30}
          step={1}
          shown={`${asked.channels}`}
          onChange={(channels) => setAsked({ ...asked, channels })}
        />
        <label class="choice">
          <span>{text.activation}</span>
          <select
            value={asked.activation}
            onChange={({ currentTarget }) =>
              setAsked({ ...asked, activation: currentTarget.value as ActivationName })
            }
          >
            {activationNames.map((name) => (
              <option key={name} value={name}>
                {text.activations[name]}
              </option>
            ))}
          </select>
        </label>
        <div class="row">
          <button type="button" onClick={() => setAsked({ ...asked, seed: asked.seed + 1 })}>
            {text.another}
          </button>
          <span>{text.which(asked.seed)}</span>
        </div>
      </div>
      {failure && <FailureNotice failure={failure} />}
      {value && <Shown shown={value} />}
    </>
  );
}

function Shown({ shown: { spiral, chosen, paper } }: { readonly shown: ManifoldShown }): VNode {
  const text = read(manifoldText);
  const { channels, flattenedShare, coincidingShare, error } = chosen;
  return (
    <>
      <p class="said" aria-live="polite">
        {text.said(channels, percentOf(flattenedShare), percentOf(coincidingShare), few(error))}
      </p>
      <div class="spirals two">
        <SpiralPlot
          title={text.input}
          description={text.drawnInput}
          points={spiral}
          coinciding={[]}
        />
        <Back back={chosen} />
      </div>
      <Legend />
      <h3>{text.paper}</h3>
      <div class="spirals five">
        {paper.map((back) => (
          <Back key={back.channels} back={back} caption={`n = ${back.channels}`} />
        ))}
      </div>
      <h3>{text.numbers}</h3>
      <Numbers chosen={chosen} paper={paper} />
      <p class="fine">{text.explained}</p>
    </>
  );
}

function Back({
  back: { channels, points, coinciding, coincidingShare, error },
  caption,
}: {
  readonly back: ManifoldBack;
  readonly caption?: string;
}): VNode {
  const text = read(manifoldText);
  return (
    <SpiralPlot
      title={text.output(channels)}
      description={text.drawn(percentOf(coincidingShare), few(error))}
      caption={caption}
      points={points}
      coinciding={coinciding}
    />
  );
}

function Legend(): VNode {
  const text = read(manifoldText);
  const [from, to] = text.along;
  return (
    <p class="legend fine">
      <span>
        {from} <span class="ramp" aria-hidden="true" /> {to}
      </span>
      <span>
        <span class="sharing" aria-hidden="true" /> {text.sharing}
      </span>
    </p>
  );
}

function Numbers({ chosen, paper }: Pick<ManifoldShown, "chosen" | "paper">): VNode {
  const text = read(manifoldText);
  const others = paper.filter(({ channels }) => channels !== chosen.channels);
  const rows = [chosen, ...others].sort((a, b) => a.channels - b.channels);
  const share = (value: number, text = percentOf(value)): VNode => (
    <data value={value}>{text}</data>
  );
  return (
    <Table
      wide={text.numbers}
      heads={["n", text.flattened, text.coinciding, text.error, text.shapeError, text.expected]}
    >
      {rows.map((row) => (
        <Row
          key={row.channels}
          class={row === chosen ? "chosen" : undefined}
          name={row.channels}
          cells={[
            share(row.flattenedShare),
            share(row.coincidingShare),
            <Few key="error" value={row.error} />,
            <Few key="shape" value={row.shapeError} />,
            share(row.expectedShare, smallPercent(row.expectedShare)),
          ]}
        />
      ))}
    </Table>
  );
}

/** With figures also where it is small. */
function smallPercent(share: number): string {
  return share >= 0.001 ? percentOf(share) : `${few(share * 100)} %`;
}
