/** Pictures of several classes: the loss and its gradient, average precision, lists, and a session to a model that loads. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { multiLabelDataSet } from "../../src/data/list-node.ts";
import type { DataSet, Pictures } from "../../src/data/pictures.ts";
import { writeTrainedModel } from "../../src/formats/own-model.ts";
import { loadClassifier } from "../../src/index.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { Random } from "../../src/random.ts";
import { multiLabelClassification } from "../../src/train/objectives/multi-label.ts";
import { planTraining } from "../../src/train/plan.ts";
import { recipes } from "../../src/train/recipes.ts";
import { openSession } from "../../src/train/session.ts";

const graph = mobilenetV2({ width: 0.1, resolution: 32, classes: 3, scores: "sigmoid" });
const plan = planTraining(graph);
const prepare = (options = {}) => multiLabelClassification(options).prepare(plan);
const target = (label: readonly number[], options = {}) =>
  prepare(options).target({ label, name: "cat.jpg", geometry: undefined }) as Float32Array;

describe("sigmoid cross entropy", () => {
  it("is the sum of its definition, with a gradient that agrees with differences", () => {
    const options = { labelSmoothing: 0.1, classWeights: [1, 2, 0.5] };
    const objective = prepare(options);
    const targets = [target([0, 2]), target([])];
    const logits = Float64Array.of(0.3, -1.2, 2.5, -40, 0, 60);
    const outputs = new Map([["classifier", logits]]);
    const gradient = new Float64Array(6);
    const loss = objective.loss({ outputs, targets }, new Map([["classifier", gradient]]));
    let expected = 0;
    for (const [at, logit] of logits.entries()) {
      const t = 0.9 * targets[Math.floor(at / 3)]![at % 3]! + 0.05;
      // log σ(x) = −log(1 + e^−x), log(1 − σ(x)) = −log(1 + e^x).
      const each = t * Math.log1p(Math.exp(-logit)) + (1 - t) * Math.log1p(Math.exp(logit));
      expected += options.classWeights[at % 3]! * each;
    }
    expect(loss).toBeCloseTo(expected / 2, 10);
    for (const at of logits.keys()) {
      const moved = (by: number) => {
        const values = logits.slice();
        values[at]! += by;
        return objective.loss({ outputs: new Map([["classifier", values]]), targets });
      };
      expect(gradient[at]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 6);
    }
    const extreme = new Map([["classifier", Float64Array.of(800, -800, 0)]]);
    expect(objective.loss({ outputs: extreme, targets: [target([1])] })).toBeLessThan(1e4);
  });

  it("judges by average precision, equal scores as one step, and by none where nothing is", () => {
    const evaluation = prepare().evaluation();
    // Class 0 is scikit-learn's own example, of 0.8333…; class 1 has ties: one right of two, then of four.
    const scores = [
      [0.1, 5, 1],
      [0.4, 5, 2],
      [0.35, 1, 3],
      [0.8, 1, 4],
    ];
    const labels = [[1], [], [0, 1], [0]];
    const outputs = new Map([["classifier", Float32Array.from(scores.flat())]]);
    evaluation.add({ outputs, targets: labels.map((label) => target(label)) }, 0.5);
    const { classAp, meanAp, headline, positives, samples, loss } = evaluation.end();
    expect(classAp[0]).toBeCloseTo(5 / 6, 12);
    expect(classAp[1]).toBeCloseTo(0.5 * 0.5 + 0.5 * 0.5, 12);
    expect(classAp[2]).toBeNull();
    expect(meanAp).toBeCloseTo((5 / 6 + 0.5) / 2, 12);
    expect([headline, positives, samples, loss]).toEqual([meanAp, [2, 2, 0], 4, 0.5]);
  });

  it("refuses labels that are no classes, and a softmax", () => {
    for (const label of [[3], [-1], [0.5], 1, undefined] as never[]) {
      expect(() => target(label)).toThrow(/cat\.jpg: a label outside the classes.*0 to 2/);
    }
    const softmax = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 3 }));
    expect(() => multiLabelClassification().prepare(softmax)).toThrow(/exclude.*scores: "sigmoid"/);
  });
});

describe("a list of pictures of several classes", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-several-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const read = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return multiLabelDataSet(join(folder, name));
  };
  const all = ({ training, validation }: DataSet<readonly number[]>) =>
    [training, validation].map((part) =>
      Array.from({ length: part.count }, (_, i) => [
        part.name(i).slice(folder.length + 1),
        part.label(i),
      ]),
    );

  it("has labels between semicolons or bars, or none, whose order says nothing", async () => {
    const lines = "path,labels,split\na.png,cat;dog,train\nb.png,cup,train\nc.png,,test\n";
    const set = await read("several.csv", `${lines}d.png,dog|cat,test\n`);
    expect(set.classes).toEqual(["cat", "cup", "dog"]);
    expect(all(set)).toEqual([
      [
        ["a.png", [0, 2]],
        ["b.png", [1]],
      ],
      [
        ["c.png", []],
        ["d.png", [0, 2]],
      ],
    ]);
  });

  it("may be JSON", async () => {
    const items = [
      { path: "a.png", labels: ["cat", "tabby, cat"], split: "train" },
      { path: "b.png", label: "dog", split: "train" },
      { path: "c.png", labels: [], split: "test" },
    ];
    const set = await read("several.json", JSON.stringify(items));
    expect(set.classes).toEqual(["cat", "dog", "tabby, cat"]);
    expect(all(set)).toEqual([
      [
        ["a.png", [0, 2]],
        ["b.png", [1]],
      ],
      [["c.png", []]],
    ]);
    await expect(read("bad.json", '[{"path":"a.png","labels":[{}]}]')).rejects.toThrow(/entry 1/);
  });

  it("is split with some of each class on both sides, each picture once", async () => {
    const lines = Array.from(
      { length: 40 },
      (_, i) => `${i}.png,${i % 4 ? "often" : "rare;often"}`,
    );
    const { training, validation } = await read("split.csv", lines.join("\n"));
    expect([training.count, validation.count]).toEqual([32, 8]);
    const rare = ({ count, label }: Pictures<readonly number[]>) =>
      Array.from({ length: count }, (_, i) => label(i)).filter((one) => one.includes(1)).length;
    expect([rare(training), rare(validation)]).toEqual([8, 2]);
  });
});

/** Pictures that are red, or bright in their lower half, or both, or neither. */
function toyPictures(count: number, seed: number): Pictures<readonly number[]> {
  const label = (index: number) => [0, 1].filter((bit) => (index >> bit) & 1);
  return {
    count,
    name: (index) => `toy ${index}`,
    label,
    picture: async (index) => {
      const random = new Random(seed, index);
      const [red, bright] = [0, 1].map((one) => label(index).includes(one));
      const data = Uint8Array.from({ length: 3072 }, (_, i) => {
        const lower = i >= 1536 && bright ? 90 : 0;
        return 40 + random.integer(40) + lower + (i % 3 === 0 && red ? 80 : 0);
      });
      return { width: 32, height: 32, data };
    },
  };
}

describe("a session for several labels", () => {
  it("learns each class by itself, and makes a model that says so", async () => {
    const classes = ["red", "bright"];
    const data = {
      ...{ name: "toy", classes },
      ...{ training: toyPictures(64, 1), validation: toyPictures(32, 2) },
    };
    const recipe = { ...recipes.small, epochs: 20, batch: 16, averageDecay: 0, augmentation: {} };
    const session = await openSession({ task: "multi-label", data, recipe, width: 0.1, seed: 1 });
    const run = session.run();
    let next = await run.next();
    for (; !next.done; next = await run.next());
    expect(next.value.bestHeadline).toBeGreaterThan(0.95);
    const files = writeTrainedModel(session.model, session.weightsOf(next.value.weights));
    session.dispose();
    const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
    expect(json).toMatchObject({ version: 2, architecture: { scores: "sigmoid" } });
    const classifier = await loadClassifier(files);
    expect(classifier.multiLabel).toBe(true);
    const scores = async (index: number): Promise<number> => {
      const found = await classifier.classify(await data.validation.picture(index));
      expect(found).toHaveLength(2);
      return found.reduce((sum, { score }) => sum + score, 0);
    };
    // A softmax's would sum to 1 for a picture of no class and for one of both.
    const [none, both] = [await scores(0), await scores(3)];
    classifier.dispose();
    expect(none).toBeLessThan(0.7);
    expect(both).toBeGreaterThan(1.3);
  });
});
