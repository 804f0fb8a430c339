/** What a figure means nothing without: the machine and the versions of everything measured. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const folder = new URL("..", import.meta.url);

export function describeMachine() {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const own = JSON.parse(readFileSync(new URL("../../package.json", folder), "utf8"));
  const node24 = fileURLToPath(new URL("node_modules/node/bin/node", folder));
  const version = "process.stdout.write(process.version + ' V8 ' + process.versions.v8)";
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0].model,
    cores: cpus().length,
    simd: flags().filter((flag) => /^(avx2|fma|avx512f|avx512_vnni|avx_vnni)$/.test(flag)),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch} ${release()}`,
    node: `${process.version} V8 ${process.versions.v8}`,
    node24: execFileSync(node24, ["-e", version], { encoding: "utf8" }),
    packages: { mobilenetv2: own.version, ...dependencies },
  };
}

/** The processor's features, where the system tells them. */
function flags() {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
    return line?.[1].trim().split(" ") ?? [];
  } catch {
    return [];
  }
}
