/**
 * A step that looks at single values, or at one pixel's channels: how its pixels are shared out. What
 * becomes of the values (maps.ts) depends on how they are stored.
 */
import { Worker, forEachUnit } from "../parallel";
import { Map } from "./map";
import { mapValues } from "./maps";

export function runMap(map: Map, worker: Worker): void {
  const across = (map.pixels + map.unitPixels - 1) / map.unitPixels;
  forEachUnit(worker, map.outer * across, mapUnit, changetype<usize>(map), 0, across);
}

/** Some pixels of a run. */
function mapUnit(work: usize, image: i32, across: i32, unit: i32, worker: Worker): void {
  const map = changetype<Map>(work);
  const run = <usize>(unit / across);
  const first = (unit % across) * map.unitPixels;
  const end = min(first + map.unitPixels, map.pixels);
  let input = map.input + run * map.inputStep + <usize>first * map.inputPixel;
  let output = map.output + run * map.outputStep + <usize>first * map.outputPixel;
  let other = map.other + <usize>first * map.otherPixel;
  if (map.flat) {
    mapValues(map, input, other, output, (end - first) * map.flat);
    return;
  }
  for (let pixel = first; pixel < end; pixel++) {
    mapValues(map, input, other, output, map.channels);
    input += map.inputPixel;
    other += map.otherPixel;
    output += map.outputPixel;
  }
}
