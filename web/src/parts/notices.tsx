/** What is going on, and what went wrong, in words. */
import type { VNode } from "preact";
import type { Failure } from "../engine/engine-api.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";
import { KeyForm } from "./key-form.tsx";

interface FailureProps {
  readonly failure: Failure;
  /** What codes mean in one place alone. */
  readonly words?: Readonly<Record<string, string>>;
  /** Where it helps to try once more. */
  readonly onAgain?: (() => void) | undefined;
}

/** A failure: what it means and what to do; the error's own words, if any, for those who want them. */
export function FailureNotice({ failure, words = {}, onAgain }: FailureProps): VNode {
  const text = read(common);
  const meant = words[failure.code] ?? text.failures[failure.code] ?? text.failures["other"];
  return (
    <div class="failure" role="alert">
      <p>{meant}</p>
      {onAgain && failure.code === "unauthorized" && <KeyForm onKey={onAgain} />}
      {onAgain && failure.code !== "unauthorized" && (
        <button type="button" onClick={onAgain}>
          {text.again}
        </button>
      )}
      {failure.message !== "" && (
        <details>
          <summary>{text.details}</summary>
          <p lang="en">{failure.message}</p>
        </details>
      )}
    </div>
  );
}

interface ProgressProps {
  readonly label: string;
  /** 0 to 1; undefined where nobody knows. */
  readonly share?: number | undefined;
}

/** Work that goes on. */
export function Progress({ label, share }: ProgressProps): VNode {
  const percent = share === undefined ? undefined : Math.floor(share * 100);
  return (
    <div class="progress">
      <label>
        <span>
          {label}
          {percent !== undefined && `, ${read(common).loadingShare(percent)}`}
        </span>
        <progress max={100} value={percent} />
      </label>
    </div>
  );
}

/** Bars with numbers: labels and shares of one, 0 to 1. */
export function Bars({
  rows,
}: {
  readonly rows: readonly { label: string; value: number }[];
}): VNode {
  return (
    <ol class="bars">
      {rows.map(({ label, value }, index) => (
        <li key={index}>
          <span class="label">{label}</span>
          <span class="value">{percentOf(value)}</span>
          <Bar value={value} />
        </li>
      ))}
    </ol>
  );
}

/** A share, 0 to 1, as people see it; it is told beside. */
export function Bar({ value }: { readonly value: number }): VNode {
  return (
    <span class="track" aria-hidden="true">
      <span class="bar" style={{ inlineSize: `${value * 100}%` }} />
    </span>
  );
}

/** `58.2 %` */
export function percentOf(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
