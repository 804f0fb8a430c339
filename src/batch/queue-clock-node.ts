/**
 * Whether this machine's clock is that of a PostgreSQL queue. Workers compare the times of locks by their own
 * clocks there: what one holds that is ahead would stay held after its death until that time comes, and one
 * that is behind would seem dead to others. In Redis the server measures.
 */
import { MobileNetError } from "../errors.ts";

/** How many seconds this machine's clock is ahead of the server's. */
export async function secondsAhead(
  { PostgresConnection }: Pick<typeof import("bullmq"), "PostgresConnection">,
  address: string,
): Promise<number> {
  const connection = new PostgresConnection({ connectionString: address, skipMigrations: true });
  connection.on("error", () => undefined);
  try {
    const before = Date.now();
    const { rows } = await connection.pool.query<{ seconds: string }>(
      "SELECT extract(epoch FROM clock_timestamp()) AS seconds",
    );
    // The answer took a while; it is of some moment between.
    return (before + Date.now()) / 2000 - Number(rows[0]?.seconds);
  } finally {
    await connection.close();
  }
}

/**
 * Refuses to work by another clock.
 *
 * @param lease - Seconds that a worker may be silent; a lock is renewed in half of it.
 * @throws MobileNetError `unsupported`.
 */
export function requireQueueClock(ahead: number, lease: number): void {
  if (Math.abs(ahead) <= lease / 2) return;
  throw new MobileNetError("unsupported", "this machine's clock differs from the queue's", {
    expected: `at most ${lease / 2} s, half of what a worker may be silent`,
    received: `${Math.abs(ahead).toFixed(1)} s ${ahead > 0 ? "ahead" : "behind"}`,
    remedy: "Set the clocks of both machines, as by NTP, and start the worker again.",
  });
}
