/** Python, for long forms that ask what other libraries make of our files. */
import { spawnSync } from "node:child_process";

/** The Python that has a module, in the long form; else nothing. */
export function pythonWith(module: string): string | undefined {
  if (!process.env["LONG"]) return undefined;
  return ["python3", "/usr/bin/python3"].find(
    (program) => spawnSync(program, ["-c", `import ${module}`]).status === 0,
  );
}
