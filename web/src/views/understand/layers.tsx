/** Table 2 row by row, measured in this browser. */
import { type Signal, signal } from "@preact/signals";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../../engine/engine.ts";
import type { CountedLayers, MeasuredLayers, NetworkSize } from "../../engine/understand-api.ts";
import { Bar, FailureNotice, percentOf } from "../../parts/notices.tsx";
import { ResultButtons } from "../../parts/result-buttons.tsx";
import { read } from "../../text/language.ts";
import { layersText, measureText } from "../../text/understand-measures.ts";
import { MeasuringButtons, useMeasuring } from "./measuring.tsx";
import { Bytes, Few, few, Large, Row, Table } from "./tables.tsx";
import { useLatest } from "./use-latest.ts";

/** Those of the published checkpoints. */
const choices = {
  width: [0.35, 0.5, 0.75, 1, 1.3, 1.4],
  resolution: [96, 128, 160, 192, 224],
} as const;

/** What was measured last; it stays while other parts are looked at. */
const measured: Signal<MeasuredLayers | undefined> = signal(undefined);

export function Layers(): VNode {
  const text = read(layersText);
  const words = read(measureText);
  const [size, setSize] = useState<NetworkSize>(() => {
    const { width = 1, resolution = 224 } = measured.value ?? {};
    return { width, resolution };
  });
  const { value, failure } = useLatest(() => engine().countLayers(size), JSON.stringify(size));
  const measuring = useMeasuring(async (onShare) => {
    measured.value = await engine().measureLayers(size, onShare);
  });
  const last = measured.value;
  const times =
    last?.width === size.width && last.resolution === size.resolution ? last : undefined;
  return (
    <>
      <p>{text.about}</p>
      <div class="choices">
        {(["width", "resolution"] as const).map((name) => (
          <label key={name} class="choice">
            <span>{words[name]}</span>
            <select
              value={size[name]}
              disabled={measuring.share !== undefined}
              onChange={({ currentTarget }) =>
                setSize({ ...size, [name]: Number(currentTarget.value) })
              }
            >
              {choices[name].map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <MeasuringButtons {...measuring} />
      {failure && <FailureNotice failure={failure} />}
      <p class="said" aria-live="polite">
        {times && text.said(few(times.whole.fused.median), few(times.whole.unfused.median))}
      </p>
      {value && <Rows counted={value} times={times} />}
      <p class="fine">{text.explained}</p>
      {times && (
        <>
          <p class="fine">{times.description}</p>
          <ResultButtons result={times} />
        </>
      )}
    </>
  );
}

interface RowsProps {
  readonly counted: CountedLayers;
  readonly times: MeasuredLayers | undefined;
}

function Rows({ counted, times }: RowsProps): VNode {
  const text = read(layersText);
  const words = read(measureText);
  const { rows, parameters, multiplyAdds, arenaBytes } = counted;
  const sum = (form: "fused" | "unfused"): number | undefined =>
    times?.times.reduce((total, row) => total + (row[form] ?? 0), 0);
  const sums = { fused: sum("fused"), unfused: sum("unfused") };
  const heads = [
    ...[text.part, text.input, text.operator, words.parameters, words.multiplyAdds, text.share],
    ...[text.fused, text.unfused, text.timeShare],
  ];
  return (
    <Table
      wide={text.table}
      class="layers"
      heads={heads}
      foot={
        <>
          <Row
            name={text.sum}
            cells={[
              ...["", ""],
              <Large key="parameters" value={parameters} />,
              <Large key="multiplyAdds" value={multiplyAdds} />,
              ...["", timeOf(sums.fused), timeOf(sums.unfused), ""],
            ]}
          />
          <Row
            name={text.whole}
            cells={[
              ...["", "", "", "", ""],
              timeOf(times?.whole.fused.median),
              timeOf(times?.whole.unfused.median),
              "",
            ]}
          />
          <Row
            name={text.memory}
            cells={[
              ...["", "", "", "", ""],
              <Bytes key="fused" value={arenaBytes.fused} />,
              <Bytes key="unfused" value={arenaBytes.unfused} />,
              "",
            ]}
          />
        </>
      }
    >
      {rows.map((row, i) => {
        const { fused, unfused } = times?.times[i] ?? {};
        return (
          <Row
            key={row.part}
            name={row.part}
            cells={[
              row.inputShape.slice(1).join("×"),
              operatorWords(row),
              <Large key="parameters" value={row.parameters} />,
              <Large key="multiplyAdds" value={row.multiplyAdds} />,
              <Share key="share" of={row.share} />,
              timeOf(fused, times ? text.within : "–"),
              timeOf(unfused),
              fused !== undefined && sums.fused !== undefined ? (
                <Share key="time" of={fused / sums.fused} />
              ) : (
                "–"
              ),
            ]}
          />
        );
      })}
    </Table>
  );
}

/** Milliseconds, where they were measured. */
function timeOf(milliseconds: number | undefined, absent = "–"): VNode | string {
  return milliseconds === undefined ? absent : <Few value={milliseconds} />;
}

/** A share with a bar below it. */
function Share({ of }: { readonly of: number }): VNode {
  return (
    <>
      <data value={of}>{percentOf(of)}</data>
      <Bar value={of} />
    </>
  );
}

/** `bottleneck (6, 24, 2, 2)`. */
function operatorWords(row: CountedLayers["rows"][number]): string {
  const { operator, expansion, channels, repeats, stride } = row;
  const dash = (value: number | null): string => (value === null ? "–" : `${value}`);
  return `${operator} (${dash(expansion)}, ${channels}, ${repeats}, ${dash(stride)})`;
}
