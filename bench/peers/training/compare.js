/**
 * Relative distances ‖a − b‖ / ‖b‖ of losses, logits, moments, gradients and updates.
 *
 * Every step starts from the same weights, those of the exact network, rounded to float32; momentum is
 * each engine's own. (Left to themselves, differences grow a hundredfold with every step.)
 *
 * The bounds. Float32 rounds by u = 2⁻²⁴. Sums of n products err by about √n u, and batch norm keeps sizes
 * near 1 through L layers, so that a map is off by about δ = L √n u: 3e-5 for 53 layers and sums of 100.
 * Two engines may differ by twice that in loss and logits, and in the moments, which are means over
 * maps. Backward sums run over 10⁴ pixels: 3e-4, between two engines 1e-3 to be safe of constants.
 * On top of it ReLU6 passes a gradient or not: one value at a corner that is cut in one engine only
 * moves the gradients before it by about 1 / √values of its map, some percent in the last blocks. That
 * hits some steps and not others. So a gradient has to agree to 1e-3 in its best step, which no wrong
 * formula does in any, and to 1e-1 in every step.
 *
 * Updates are held against momentum worked out here from each engine's own gradients: nothing is lost but
 * the rounding of velocity and weight, some u of their size.
 */
const kinds = {
  loss: { every: 6e-5 },
  logits: { every: 6e-5 },
  moments: { every: 6e-5 },
  gradient: { every: 1e-1, best: 1e-3 },
  update: { every: 3e-7 },
};

/** Of two engines' losses from equal weights. */
export const lossBound = kinds.loss.every;

/**
 * @param states - By engine: loss, logits and gradients of the step, weights before and after it, and a
 *   map `velocity` that stays from step to step.
 */
export function compareStep(states, { plan, optimizer }) {
  const engines = Object.keys(states).filter((name) => name !== "exact");
  const pairs = engines.flatMap((name) => [
    [name, "exact"],
    ...(name === "ours" ? [] : [["ours", name]]),
  ]);
  const rows = pairs.flatMap(([a, b]) => {
    const [x, y] = [states[a], states[b]];
    return [
      { what: "loss", name: "loss", distance: Math.abs(x.loss / y.loss - 1) },
      { what: "logits", name: "logits", distance: relative(x.logits, y.logits) },
      ...compareMoments(x, y, plan),
      ...compareGradients(x, y, plan),
    ].map((row) => ({ pair: `${a} – ${b}`, ...row }));
  });
  for (const name of engines) {
    rows.push(...checkUpdates(states[name], optimizer).map((row) => ({ pair: name, ...row })));
  }
  const losses = Object.fromEntries(Object.entries(states).map(([name, { loss }]) => [name, loss]));
  return { losses, rows };
}

/** One row for each pair and kind: the tensors' best and worst steps, and whether the bounds are met. */
export function judge(steps) {
  const all = steps.flatMap(({ rows }) => rows);
  return [...new Set(all.map(({ pair }) => pair))].flatMap((pair) =>
    Object.entries(kinds).flatMap(([what, { every, best = every }]) => {
      const tensors = new Map();
      for (const row of all) {
        if (row.pair !== pair || row.what !== what) continue;
        tensors.set(row.name, [...(tensors.get(row.name) ?? []), row.distance]);
      }
      if (tensors.size === 0) return [];
      const worstOf = (reduce) => {
        const ranked = [...tensors].map(([name, list]) => ({ name, distance: reduce(...list) }));
        return ranked.reduce((most, row) => (row.distance > most.distance ? row : most));
      };
      const [good, bad] = [worstOf(Math.min), worstOf(Math.max)];
      // The bounds are this library's and tfjs's; jax-js rounds more, and is here for its speed.
      const judged = pair.startsWith("ours") && !pair.endsWith("jax");
      const passed = !judged || (good.distance < best && bad.distance < every);
      return [
        {
          pair,
          what,
          tensors: tensors.size,
          best: good,
          bounds: [best, every],
          worst: bad,
          passed,
        },
      ];
    }),
  );
}

function compareMoments(x, y, { operations }) {
  return operations.flatMap(({ node }) => {
    if (node.op !== "batchNorm") return [];
    const of = (state) => [state.weights.get(node.mean), state.weights.get(node.variance)];
    const [[mean, variance], [otherMean, otherVariance]] = [of(x), of(y)];
    if (mean === undefined || otherMean === undefined) return [];
    // A mean is as exact as its values are large: beside the deviation.
    const deviation = otherVariance.map(Math.sqrt);
    return [
      { what: "moments", name: node.mean, distance: relative(mean, otherMean, deviation) },
      { what: "moments", name: node.variance, distance: relative(variance, otherVariance) },
    ];
  });
}

function compareGradients(x, y, { operations }) {
  // A linear bottleneck's β is taken off again by the next batch norm: its gradient is exactly 0, and
  // what is there instead is held against its γ's.
  const activated = new Set(
    operations.flatMap(({ node, sources }) => (node.op === "activation" ? sources : [])),
  );
  const beside = new Map(
    operations.flatMap(({ node }, index) =>
      node.op === "batchNorm" && !activated.has(index) ? [[node.beta, node.gamma]] : [],
    ),
  );
  return [...y.gradients].map(([name, gradient]) => {
    const scale = y.gradients.get(beside.get(name));
    return {
      what: "gradient",
      name,
      distance: relative(x.gradients.get(name), gradient, scale),
    };
  });
}

/** Against `v = m v + g`, `w −= rate v`; the velocity is kept with the engine's state. */
function checkUpdates({ before, weights, gradients, velocity }, { rate, momentum }) {
  return [...gradients].map(([name, gradient]) => {
    const [start, end] = [before.get(name), weights.get(name)];
    const old = velocity.get(name) ?? new Float64Array(gradient.length);
    const moved = old.map((v, i) => momentum * v + gradient[i]);
    velocity.set(name, moved);
    const wanted = moved.map((v, i) => start[i] - rate * v);
    const change = moved.map((v) => rate * v);
    return { what: "update", name, distance: relative(end, wanted, change) };
  });
}

/** ‖a − b‖ / ‖b and extra‖. */
function relative(a, b, extra = []) {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    size += b[i] ** 2;
  }
  for (const value of extra) size += value ** 2;
  return Math.sqrt(difference / size);
}

/** For people: one line for each pair and kind of tensor. */
export function formatTable(rows) {
  const head = ["pair", "what", "tensors", "best step", "bound", "every step", "bound", "in"];
  const body = rows.map(({ pair, what, tensors, best, worst, bounds, passed }) => [
    pair,
    what,
    tensors,
    ...[best.distance, bounds[0], worst.distance, bounds[1]].map((value) => value.toExponential(1)),
    `${worst.name}${passed ? "" : "  BEYOND THE BOUND"}`,
  ]);
  const widths = head.map((title, i) =>
    Math.max(...[title, ...body.map((r) => r[i])].map((t) => `${t}`.length)),
  );
  const line = (cells) => cells.map((cell, i) => `${cell}`.padEnd(widths[i])).join("  ");
  return [head, ...body].map((cells) => line(cells).trimEnd()).join("\n");
}
