/** The parts of the view, each with an address of its own. */
import type { ComponentType, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { placeNames } from "../../place.ts";
import { read } from "../../text/language.ts";
import { type PartId, partIds, understandText } from "../../text/understand.ts";
import { Block } from "./block.tsx";
import { Features } from "./features.tsx";
import { Layers } from "./layers.tsx";
import { Manifold } from "./manifold.tsx";
import { TradeOff } from "./trade-off.tsx";
import "../understand.css";

const contents: Readonly<Record<PartId, ComponentType>> = {
  manifold: Manifold,
  block: Block,
  layers: Layers,
  features: Features,
  "trade-off": TradeOff,
};

export function Parts(): VNode {
  const text = read(understandText);
  const [, asked] = placeNames();
  const part = partIds.find((id) => id === asked) ?? partIds[0];
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(part);
  useEffect(() => {
    document.title = `${text.names[part]} · ${text.name} · MobileNetV2`;
    // Who comes by a link is told where he is; the page stays the same.
    if (shown.current !== part) heading.current?.focus();
    shown.current = part;
  }, [part, text]);
  const Content = contents[part];
  return (
    <>
      <nav class="parts" aria-label={text.parts}>
        <ul>
          {partIds.map((id) => (
            <li key={id}>
              <a href={`#/understand/${id}`} aria-current={id === part ? "page" : undefined}>
                {text.names[id]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <h2 ref={heading} tabIndex={-1}>
        {text.names[part]}
      </h2>
      <Content key={part} />
    </>
  );
}
