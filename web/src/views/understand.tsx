/** The paper as something to touch. What it is made of is loaded when somebody comes. */
import type { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { read } from "../text/language.ts";
import { understandText } from "../text/understand.ts";

export function Understand(): VNode {
  const text = read(understandText);
  const [Content, setContent] = useState<ComponentType>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import("./understand/parts.tsx").then(
      ({ Parts }) => setContent(() => Parts),
      () => setFailed(true),
    );
  }, []);
  if (failed) {
    return (
      <div class="failure" role="alert">
        <p>{text.notLoaded}</p>
      </div>
    );
  }
  return Content === undefined ? <p class="fine">{text.loading} …</p> : <Content />;
}
