/** Which objects are where. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import { percentOf } from "../parts/notices.tsx";
import { Slider } from "../parts/slider.tsx";
import { Vision } from "../parts/vision.tsx";
import { read } from "../text/language.ts";
import { viewsText } from "../text/views.ts";

export function Detect(): VNode {
  const text = read(viewsText);
  // Until somebody moves it, the model's own.
  const [moved, setMoved] = useState<number>();
  const [usual, setUsual] = useState(0.5);
  const threshold = moved ?? usual;
  return (
    <Vision
      verb="detect"
      settings={threshold}
      ask={(picture) => engine().detect(picture, threshold)}
      controls={({ threshold: own }) => {
        if (own !== undefined && own !== usual) setUsual(own);
        return (
          <Slider
            label={text.threshold}
            value={threshold}
            from={0.05}
            to={0.95}
            step={0.05}
            shown={percentOf(threshold)}
            onChange={setMoved}
          />
        );
      }}
      say={({ detections }) =>
        detections.length === 0 ? text.nothing : detections.map(({ label }) => label).join(", ")
      }
      show={({ detections }) =>
        detections.length === 0 ? (
          <p>{text.nothing}</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">{text.object}</th>
                <th scope="col">{text.score}</th>
              </tr>
            </thead>
            <tbody>
              {detections.map(({ label, score }, index) => (
                <tr key={index}>
                  <td>{label}</td>
                  <td>{percentOf(score)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    />
  );
}
