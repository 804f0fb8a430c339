/** This library: all pictures of a folder by one call; in builds that have none, one after the other. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { asked, picturePaths, serve } from "./protocol.js";

const { dist, task, model: source, options } = asked;
const loaders = { classify: "loadClassifier", detect: "loadDetector", segment: "loadSegmenter" };
const library = await import(pathToFileURL(join(dist, "index.js")));
const model = await library[loaders[task]](source, asked.loading);
const paths = await picturePaths();

/** What tells one answer from another. */
const brief = {
  classify: ([best]) => best.index,
  detect: ({ detections }) => detections.length,
  segment: ({ classes }) => classes[0].index,
}[task];

await serve(async () => {
  const answers = [];
  const each = model[`${task}Each`];
  if (each === undefined) {
    for (const path of paths) answers.push(brief(await model[task](await readFile(path), options)));
    return answers;
  }
  const pictures = paths.map((path) => () => readFile(path));
  for await (const { result, error } of each(pictures, options)) {
    if (error !== undefined) throw error;
    answers.push(brief(result));
  }
  return answers;
});
