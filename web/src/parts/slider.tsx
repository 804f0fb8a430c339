/** A number that is chosen by sliding. */
import type { VNode } from "preact";
import { useId } from "preact/hooks";

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** The value as people read it. */
  readonly shown: string;
  readonly onChange: (value: number) => void;
}

export function Slider({ label, value, from, to, step, shown, onChange }: SliderProps): VNode {
  // The label would else be that of the first element that may have one, which is the output.
  const id = useId();
  return (
    <label class="slider" for={id}>
      <span>
        {label}: <output>{shown}</output>
      </span>
      <input
        id={id}
        type="range"
        min={from}
        max={to}
        step={step}
        value={value}
        aria-valuetext={shown}
        onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
      />
    </label>
  );
}
