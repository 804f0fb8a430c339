/** Which pixels belong to what. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import { Bars, percentOf } from "../parts/notices.tsx";
import { Slider } from "../parts/slider.tsx";
import { Vision } from "../parts/vision.tsx";
import { read } from "../text/language.ts";
import { viewsText } from "../text/views.ts";

export function Segment(): VNode {
  const text = read(viewsText);
  const [opacity, setOpacity] = useState(0.5);
  return (
    <Vision
      verb="segment"
      settings={opacity}
      ask={(picture, again) => engine().segment(picture, opacity, again)}
      controls={() => (
        <Slider
          label={text.opacity}
          value={opacity}
          from={0.1}
          to={1}
          step={0.1}
          shown={percentOf(opacity)}
          onChange={setOpacity}
        />
      )}
      say={({ classes }) =>
        classes.map(({ label, share }) => `${label} ${percentOf(share)}`).join(", ")
      }
      show={({ classes }) => (
        <>
          <h2>{text.share}</h2>
          <Bars rows={classes.map(({ label, share }) => ({ label, value: share }))} />
        </>
      )}
    />
  );
}
