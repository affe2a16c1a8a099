/** How something that the service depends on is. */
export interface DependencyHealth {
  readonly name: string;
  readonly required: boolean;
  readonly state: 'up' | 'down';
  readonly latency_ms: number;
  readonly detail?: string | undefined;
}
