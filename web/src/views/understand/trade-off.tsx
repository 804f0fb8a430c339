/** Figure 5's trade-off on the visitor's device: time against multiply-adds and published accuracy. */
import { type Signal, signal } from "@preact/signals";
import type { VNode } from "preact";
import {
  type Checkpoint,
  checkpoints,
} from "../../../../src/experiments/trade-offs/checkpoints.ts";
import { engine, listener } from "../../engine/engine.ts";
import type { MeasuredVariant, NetworkSize } from "../../engine/understand-api.ts";
import { ResultButtons } from "../../parts/result-buttons.tsx";
import { read } from "../../text/language.ts";
import { measureText, tradeOffText } from "../../text/understand-measures.ts";
import { MeasuringButtons, useMeasuring } from "./measuring.tsx";
import { Scatter, type ScatterSeries } from "./scatter.tsx";
import { Few, few, Large, Row, Table } from "./tables.tsx";

const nameOf = ({ width, resolution }: NetworkSize): string => `${width}_${resolution}`;

const widths = [...new Set(checkpoints.map(({ width }) => width))];
const resolutions = [...new Set(checkpoints.map(({ resolution }) => resolution))];

/** Some that lie apart. */
const few5: ReadonlySet<string> = new Set(["1_224", "0.75_192", "0.5_160", "0.5_96", "0.35_96"]);

/** What is chosen and what was measured stay while other parts are looked at. */
const chosen: Signal<ReadonlySet<string>> = signal(few5);
const measured: Signal<ReadonlyMap<string, MeasuredVariant>> = signal(new Map());

/** A network as it is measured here and as it was published. */
interface Compared extends MeasuredVariant {
  /** On ImageNet, in percent. */
  readonly published: Pick<Checkpoint, "top1" | "top5">;
}

export function TradeOff(): VNode {
  const text = read(tradeOffText);
  const measuring = useMeasuring(async (onShare) => {
    const sizes = checkpoints
      .filter((one) => chosen.value.has(nameOf(one)))
      .map(({ width, resolution }) => ({ width, resolution }));
    const onVariant = listener((variant: MeasuredVariant) => {
      measured.value = new Map(measured.value).set(nameOf(variant), variant);
    });
    await engine().tradeOff(sizes, onVariant, onShare);
  });
  const compared = checkpoints.flatMap(({ top1, top5, ...one }): readonly Compared[] => {
    const variant = measured.value.get(nameOf(one));
    return variant === undefined ? [] : [{ ...variant, published: { top1, top5 } }];
  });
  const newest = [...measured.value.values()].at(-1);
  return (
    <>
      <p>{text.about}</p>
      <Choice disabled={measuring.share !== undefined} />
      {chosen.value.size === 0 ? <p>{text.nothing}</p> : <MeasuringButtons {...measuring} />}
      <p class="said" aria-live="polite">
        {newest && text.said(nameOf(newest), few(newest.milliseconds.median), measured.value.size)}
      </p>
      {compared.length > 0 && (
        <>
          <Plots compared={compared} />
          <p class="fine">{text.published}</p>
          <Numbers compared={compared} />
          <ResultButtons result={compared} />
        </>
      )}
    </>
  );
}

/** Which networks: a box for each that was published. */
function Choice({ disabled }: { readonly disabled: boolean }): VNode {
  const text = read(tradeOffText);
  const set = (names: Iterable<string>) => (): void => {
    chosen.value = new Set(names);
  };
  const change = (name: string): void => {
    const names = new Set(chosen.value);
    if (!names.delete(name)) names.add(name);
    chosen.value = names;
  };
  const offered: ReadonlySet<string> = new Set(checkpoints.map(nameOf));
  return (
    <fieldset disabled={disabled}>
      <legend>{text.which}</legend>
      <table class="networks">
        <thead>
          <tr>
            <td />
            {resolutions.map((resolution) => (
              <th key={resolution} scope="col">
                {resolution}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {widths.map((width) => (
            <tr key={width}>
              <th scope="row">{width}</th>
              {resolutions.map((resolution) => {
                const name = nameOf({ width, resolution });
                return (
                  <td key={name}>
                    {offered.has(name) && (
                      <input
                        type="checkbox"
                        aria-label={`${width} × ${resolution}`}
                        checked={chosen.value.has(name)}
                        onChange={() => change(name)}
                      />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <div class="row">
        <button type="button" onClick={set(offered)}>
          {text.all}
        </button>
        <button type="button" onClick={set(few5)}>
          {text.few}
        </button>
        <button type="button" onClick={set([])}>
          {text.none}
        </button>
      </div>
    </fieldset>
  );
}

function Plots({ compared }: { readonly compared: readonly Compared[] }): VNode {
  const text = read(tradeOffText);
  const words = read(measureText);
  const series = (
    x: (one: Compared) => number,
    y: (one: Compared) => number,
  ): readonly ScatterSeries[] =>
    widths.map((width, i) => ({
      ...{ name: `${width}`, tone: i + 1 },
      points: compared
        .filter((one) => one.width === width)
        .map((one) => ({ x: x(one), y: y(one), name: nameOf(one) })),
    }));
  const milliseconds = (one: Compared): number => one.milliseconds.median;
  const description = text.drawn(compared.length);
  return (
    <div class="scatters">
      <Scatter
        title={text.timeByWork}
        description={description}
        x={{ name: words.multiplyAdds, scale: "log" }}
        y={{ name: text.milliseconds, scale: "log" }}
        series={series(({ multiplyAdds }) => multiplyAdds, milliseconds)}
      />
      <Scatter
        title={text.accuracyByTime}
        description={description}
        x={{ name: text.milliseconds, scale: "log" }}
        y={{ name: text.top1 }}
        series={series(milliseconds, ({ published }) => published.top1)}
      />
    </div>
  );
}

function Numbers({ compared }: { readonly compared: readonly Compared[] }): VNode {
  const text = read(tradeOffText);
  const words = read(measureText);
  const heads = [
    ...[words.width, words.resolution, words.parameters, words.multiplyAdds],
    ...[text.milliseconds, text.spread, text.top1],
  ];
  return (
    <Table wide={text.table} heads={heads}>
      {compared.map((one) => (
        <Row
          key={nameOf(one)}
          data-network={nameOf(one)}
          name={one.width}
          cells={[
            one.resolution,
            <Large key="parameters" value={one.parameters} />,
            <Large key="multiplyAdds" value={one.multiplyAdds} />,
            <Few key="median" value={one.milliseconds.median} />,
            `${few(one.milliseconds.low)} – ${few(one.milliseconds.high)}`,
            one.published.top1.toFixed(1),
          ]}
        />
      ))}
    </Table>
  );
}
