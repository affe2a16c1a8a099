import type { Dependency } from '../api/types.js';
import { useLoad, useOften } from '../ui/load.js';
import { Pill, Table, Trouble, Waiting } from '../ui/parts.js';

const everyMs = 15_000;

/** What the service needs, and how it is. */
export const Health = () => {
  const { value, problem, reload } = useLoad<{ status: string; dependencies: readonly Dependency[] }>(
    '/health/dependencies',
  );
  useOften(reload, everyMs);
  return (
    <>
      <div class="page-head">
        <h1>Health</h1>
        <button type="button" onClick={() => void reload()}>
          Check now
        </button>
      </div>
      {problem === undefined ? null : <Trouble problem={problem} />}
      {value === undefined && problem === undefined ? <Waiting what="the state of each dependency" /> : null}
      {value === undefined ? null : (
        <section class="card" aria-label="Dependencies">
          <Table label="Dependencies" head={['Dependency', 'State', '#Latency', 'Detail']}>
            {value.dependencies.map(({ name, required, state, latency_ms, detail }) => (
              <tr key={name}>
                <th scope="row">
                  {name} {required ? <span class="dim small">required</span> : null}
                </th>
                <td>
                  <Pill state={state} />
                </td>
                <td class="number">{Math.round(latency_ms)} ms</td>
                <td class="dim">{detail}</td>
              </tr>
            ))}
          </Table>
        </section>
      )}
    </>
  );
};
