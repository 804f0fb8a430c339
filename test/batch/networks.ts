/** Machines of a test: network namespaces that a bridge joins, whose links can be taken down. Needs root. */
import { spawnSync } from "node:child_process";

/** A machine. */
export interface Machine {
  readonly address: string;
  /** What a program is started by so that it runs there. */
  readonly inside: readonly string[];
  /** Takes its link down for so long: what is sent meanwhile is lost, and nobody is told. */
  cut(milliseconds: number): Promise<void>;
}

/** Machines that see one another and nothing else. */
export interface Network {
  machine(): Machine;
  close(): void;
}

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`ip ${args.join(" ")}: ${stderr}`);
}

/** Makes a network without machines. */
export function openNetwork(): Network {
  const names: string[] = [];
  const make = (): string => {
    const name = `batch-${process.pid}-${names.length}`;
    ip("netns", "add", name);
    names.push(name);
    ip("-n", name, "link", "set", "lo", "up");
    return name;
  };
  const close = (): void => {
    for (const name of names) spawnSync("ip", ["netns", "delete", name]);
  };
  try {
    const hub = make();
    ip("-n", hub, "link", "add", "bridge", "type", "bridge");
    ip("-n", hub, "link", "set", "bridge", "up");
    return { close, machine: () => joinMachine(make(), { hub, number: names.length }) };
  } catch (error) {
    close();
    throw error;
  }
}

function joinMachine(name: string, { hub, number }: { hub: string; number: number }): Machine {
  const [port, address] = [`port${number}`, `10.77.0.${number}`];
  ip("-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name);
  ip("-n", hub, "link", "set", port, "master", "bridge", "up");
  ip("-n", name, "address", "add", `${address}/24`, "dev", "eth0");
  ip("-n", name, "link", "set", "eth0", "up");
  return {
    address,
    inside: ["nsenter", `--net=/run/netns/${name}`],
    async cut(milliseconds) {
      ip("-n", hub, "link", "set", port, "down");
      await new Promise((wake) => setTimeout(wake, milliseconds));
      ip("-n", hub, "link", "set", port, "up");
    },
  };
}

/** Why no network can be had here, or nothing. */
export function missingNetwork(): string | undefined {
  if (spawnSync("nsenter", ["--version"]).status !== 0) return "nsenter is not installed";
  if (spawnSync("ip", ["-V"]).status !== 0) return "ip (iproute2) is not installed";
  try {
    const network = openNetwork();
    network.close();
    return undefined;
  } catch {
    return "no network namespaces may be made here";
  }
}
