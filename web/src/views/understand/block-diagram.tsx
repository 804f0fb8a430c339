/** A block from its input down to its output: a bar for each feature map, between them what is done. */
import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { BlockStep } from "../../../../src/experiments/blocks/steps.ts";
import { shapeWords } from "../../../../src/experiments/blocks/words.ts";
import { formatLarge } from "../../../../src/scaled-number.ts";
import type { BlockCost } from "../../engine/understand-api.ts";
import { read } from "../../text/language.ts";
import { blockText } from "../../text/understand-figures.ts";

export { shapeWords };

/** Of the drawing, and where bars begin. */
const [width, left, right] = [330, 26, 10];

/** Of a map with the operation that follows it, of a bar, and where the text of either stands. */
const [step, bar, barTop] = [84, 14, 18];

interface BlockDiagramProps {
  readonly cost: BlockCost;
  /** The most channels of all blocks that are compared. */
  readonly widest: number;
}

export function BlockDiagram({ cost: { form, steps }, widest }: BlockDiagramProps): VNode {
  const text = read(blockText);
  const id = useId();
  const title = text.forms[form];
  const height = (steps.length - 1) * step + barTop + bar + 4;
  const description = steps
    .map((one) => `${operationWords(one, steps)}: ${shapeWords(one)}`)
    .join("; ");
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-labelledby={`${id}-t ${id}-d`}
        class="diagram"
      >
        <title id={`${id}-t`}>{title}</title>
        <desc id={`${id}-d`}>{description}</desc>
        <defs>
          <pattern id={`${id}-h`} width="5" height="5" patternUnits="userSpaceOnUse">
            <path class="hatch" d="M-1 1l2 -2M0 5L5 0M4 6l2 -2" />
          </pattern>
        </defs>
        {steps.map((one, i) => {
          const length = Math.max(3, ((width - left - right) * one.channels) / widest);
          const y = i * step;
          const linear = one.bend === "linear" && one.kind !== "input";
          return (
            <g key={one.name}>
              {i > 0 && <Operation one={one} steps={steps} y={y - step + barTop + bar} />}
              <text x={left} y={y + 12}>
                {shapeWords(one)}
                {linear && <tspan class="soft"> {text.linear}</tspan>}
              </text>
              <rect
                class={linear ? "map linear" : "map"}
                {...(linear && { fill: `url(#${id}-h)` })}
                {...{ x: left, y: y + barTop, width: length, height: bar }}
              />
            </g>
          );
        })}
        {steps.map(({ kind, name }, i) => kind === "add" && <Shortcut key={name} to={i * step} />)}
      </svg>
    </figure>
  );
}

/** An arrow down, and beside it what is done there. */
function Operation({
  one,
  steps,
  y,
}: {
  readonly one: BlockStep;
  readonly steps: readonly BlockStep[];
  readonly y: number;
}): VNode {
  const text = read(blockText);
  const x = left + 10;
  const end = y + step - bar - barTop - 2;
  const costs = text.costs(formatLarge(one.parameters), formatLarge(one.multiplyAdds));
  return (
    <>
      <path class="arrow" d={`M${x} ${y + 4}V${end}m-4 -5l4 5l4 -5`} />
      <text x={x + 14} y={y + 22}>
        {operationWords(one, steps)}
      </text>
      {one.kind !== "add" && (
        <text class="soft" x={x + 14} y={y + 38}>
          {costs}
        </text>
      )}
    </>
  );
}

/** From the input past everything to the sum. */
function Shortcut({ to }: { readonly to: number }): VNode {
  const [from, end] = [barTop + bar / 2, to + barTop + bar / 2];
  return (
    <path
      class="arrow shortcut"
      d={`M${left - 2} ${from}H14q-6 0 -6 6V${end - 6}q0 6 6 6H${left - 3}m-5 -4l5 4l-5 4`}
    />
  );
}

/** `3×3 depthwise, stride 2, ReLU6`; what is linear says so. */
export function operationWords(one: BlockStep, steps: readonly BlockStep[]): string {
  const text = read(blockText);
  const words = text.operations[one.kind];
  if (one.kind === "input" || one.kind === "add") return words;
  const before = steps.find(({ name }) => name === one.inputs[0]);
  const stride = Math.round((before?.rows ?? one.rows) / one.rows);
  return text.operates(words, stride, one.bend === "linear" ? text.linear : one.bend);
}
