/** The examples of a class, the newest first; each can be removed. */
import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Thumbnail } from "../parts/thumbnail.tsx";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { removeExample, type TaughtClass } from "./examples.ts";

/** So many are shown unless somebody asks for all. */
const usuallyShown = 24;

interface ExampleListProps {
  readonly one: TaughtClass;
  /** Called when the last one was removed, whose button had the focus. */
  readonly onEmpty: () => void;
}

export function ExampleList({ one, onEmpty }: ExampleListProps): VNode | null {
  const text = read(teachText);
  const { id, name, examples } = one;
  const list = useRef<HTMLUListElement>(null);
  const removed = useRef<number>();
  const [all, setAll] = useState(false);
  // The focus goes to the neighbour of what was removed.
  useLayoutEffect(() => {
    if (removed.current === undefined) return;
    const buttons = list.current?.querySelectorAll("button") ?? [];
    const next = buttons[Math.min(removed.current, buttons.length - 1)];
    removed.current = undefined;
    if (next === undefined) onEmpty();
    else next.focus();
  }, [examples]);
  if (examples.length === 0) return null;
  const newest = examples.map((example, index) => ({ ...example, number: index + 1 })).reverse();
  return (
    <>
      <ul class="examples" ref={list}>
        {newest.slice(0, all ? undefined : usuallyShown).map((example, place) => (
          <li key={example.id}>
            <Thumbnail file={example.file} />
            <button
              type="button"
              class="remove"
              aria-label={text.removeExample(example.number, name)}
              onClick={() => {
                removed.current = place;
                removeExample(id, example.id);
              }}
            >
              <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
      </ul>
      {examples.length > usuallyShown && (
        <button type="button" class="plain" onClick={() => setAll(!all)}>
          {all ? text.showFewer : text.showAll(examples.length)}
        </button>
      )}
    </>
  );
}
