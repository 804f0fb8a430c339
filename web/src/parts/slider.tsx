/** A number that is chosen by sliding. */
import type { VNode } from "preact";

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
  return (
    <label class="slider">
      <span>
        {label}: <output>{shown}</output>
      </span>
      <input
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
