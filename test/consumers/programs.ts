/** A small program that classifies with what the package carries, as modules of both kinds. */

const body = `
async function main() {
  const classifier = await loadClassifier("cifar10");
  const grey = { width: 8, height: 8, data: new Uint8Array(192).fill(128) };
  const [best] = await classifier.classify(grey, { topK: 1 });
  console.log(JSON.stringify({ label: best.label, score: best.score }));
  classifier.dispose();
}
main();
`;

/** As an ES module. */
export const moduleProgram: string = `import { loadClassifier } from "mobilenetv2";\n${body}`;

/** By require. */
export const requireProgram: string = `const { loadClassifier } = require("mobilenetv2");\n${body}`;
