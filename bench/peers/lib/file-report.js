/**
 * Files beside peers as tables, by file and by kind: what differs by how much, and what lies beyond its
 * tolerance.
 */
import { isHybrid } from "./own-network.js";

/**
 * Whether a comparison lies beyond what is explained. Codes may be a step apart where engines round
 * differently; class maps differ where two classes tie but for rounding; scores are bytes over 256.
 */
export function isBeyond(comparison) {
  switch (comparison.kind) {
    case "values":
      return [comparison, comparison.logits].some(
        (one) => one !== undefined && !(one.difference <= one.tolerance),
      );
    case "steps":
      return comparison.largest > 1;
    case "pixels":
      return comparison.share > 1e-3;
    default:
      return comparison.missing !== 0 || comparison.box > 1e-2 || comparison.score > 1 / 256;
  }
}

/** The table of all files, in Markdown. */
export function formatRows(rows) {
  const head = ["file", "kind", "peer", "how exactly", "what is assumed"];
  const cells = rows.map((row) => [
    row.title,
    kindOf(row),
    peerOf(row),
    [agreementOf([row]), ...failuresOf(row)].filter((text) => text !== "").join("; "),
    row.inspection.assumptions.map(({ assumed }) => assumed).join("; ") || "nothing",
  ]);
  return formatTable(head, cells);
}

/** The table of kinds: the files of a kind that one peer ran together. */
export function formatKinds(rows) {
  const kinds = new Map();
  for (const row of rows) {
    const key = `${kindOf(row)}\n${peerOf(row)}`;
    kinds.set(key, [...(kinds.get(key) ?? []), row]);
  }
  const cells = [...kinds.values()].map((same) => {
    const about = same.flatMap(({ inspection }) => inspection.assumptions.map((one) => one.about));
    const assumed = [...new Set(about)].join(", ") || "nothing";
    return [kindOf(same[0]), `${same.length}`, peerOf(same[0]), agreementOf(same), assumed];
  });
  const head = ["kind", "files", "peer", "how exactly", "what is assumed"];
  return formatTable(head, cells.sort());
}

/** A table in Markdown. */
export function formatTable(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function kindOf({ inspection: { format = "unknown", precision, task }, model }) {
  const name = format.replace(/^an? (.*?)( file| model)?$/, "$1");
  const weights = model !== undefined && isHybrid(model) ? "8-bit weights" : undefined;
  const numbers = weights ?? { float32: "float", int8: "8-bit" }[precision];
  const head = model?.detection?.kind === "grid" ? "detect (grid)" : task;
  return [name, numbers, head].filter((part) => part !== undefined).join(", ");
}

function peerOf({ peer, detail, peers, comparisons, stored }) {
  if (peer !== undefined) {
    return `${peer.name} ${peer.version}${detail === undefined ? "" : ` (${detail})`}`;
  }
  const none = peers.length === 0 ? "no peer reads it here" : "no peer ran it";
  return comparisons.length === 0 ? none : `${none}: stored outputs of ${stored.engine}`;
}

function failuresOf({ peer, ownError, errors }) {
  const whose = peer === undefined ? "nobody reads it" : `only ${peer.name} reads it`;
  return [
    ...(ownError === undefined ? [] : [`${whose}: ${ownError}`]),
    ...errors.map((error) => error.message.replace("page.evaluate: ", "")),
  ];
}

/** All comparisons of files of a kind as one: the worst of each. */
function agreementOf(rows) {
  const all = rows.flatMap(({ comparisons }) => comparisons);
  const first = all[0];
  if (first === undefined) {
    return rows.some(({ model }) => model === undefined) ? "" : "not compared";
  }
  const worst = (value) => Math.max(...all.map(value));
  const beyond = all.some(isBeyond) ? "**beyond:** " : "";
  switch (first.kind) {
    case "values": {
      const logits = all.flatMap((one) => one.logits ?? []);
      return `${beyond}${ofLargest(all)}${logits.length === 0 ? "" : `; logits ${ofLargest(logits)}`}`;
    }
    case "steps": {
      const sum = (part) => all.reduce((total, one) => total + one[part], 0);
      const count = sum("equal") + sum("step") + sum("more");
      const [equal, step, more] = ["equal", "step", "more"].map((part) => sum(part) / count);
      const rest =
        more === 0 ? "" : `, ${percent(more)} up to ${worst((one) => one.largest)} steps`;
      return `${beyond}0 steps: ${percent(equal)}, 1 step: ${percent(step)}${rest}`;
    }
    case "pixels":
      return `${beyond}another class on ${percent(worst(({ share }) => share))} of the pixels`;
    default: {
      const missing = all.reduce((sum, one) => sum + Math.abs(one.missing), 0);
      const found = all.reduce((sum, one) => sum + one.found, 0);
      const [box, score] = [worst((one) => one.box), worst((one) => one.score)].map(exponential);
      const rest = missing === 0 ? "" : `, ${missing} missing`;
      return `${beyond}${found} objects${rest}: boxes ${box} of the picture, scores ${score}`;
    }
  }
}

/** The largest difference, and how much of its tolerance any takes up. */
function ofLargest(all) {
  const most = Math.max(...all.map(({ difference }) => difference));
  const share = Math.max(...all.map(({ difference, tolerance }) => difference / tolerance));
  return `${exponential(most)} (${percent(share)} of the tolerance)`;
}

const exponential = (value) => (value === 0 ? "0" : value.toExponential(1));
const percent = (share) => `${Number((100 * share).toPrecision(2))} %`;
