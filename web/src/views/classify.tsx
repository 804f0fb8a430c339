/** What is in the picture. */
import type { VNode } from "preact";
import { engine } from "../engine/engine.ts";
import { Bars, percentOf } from "../parts/notices.tsx";
import { Vision } from "../parts/vision.tsx";

export function Classify(): VNode {
  return (
    <Vision
      verb="classify"
      settings=""
      ask={(picture) => engine().classify(picture, 5)}
      say={([best]) => (best === undefined ? "" : `${best.label}, ${percentOf(best.score)}`)}
      show={(classes) => (
        <Bars rows={classes.map(({ label, score }) => ({ label, value: score }))} />
      )}
    />
  );
}
