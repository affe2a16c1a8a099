import assert from 'node:assert/strict';
import { describe } from '@jest/globals';
import type { Reason } from '../support/skip.js';
import { sharedStack } from '../support/stack.js';
import type { Driver } from '../support/driver.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createInvokeDriver } from '../support/drivers/invoke.js';
import { createRestDriver } from '../support/drivers/rest.js';

/** Every surface of the nine calls, on the stack that all tests share. */
export const surfaces = (): readonly Driver[] => {
  const stack = sharedStack();
  const stepMs = Number(stack.env['ORDER_SANDBOX_STEP_MS'] ?? 1_000);
  assert.ok(stepMs >= 600_000, `orders must stand still here, but ORDER_SANDBOX_STEP_MS of the stack is ${stepMs}`);
  return [createRestDriver(stack), createInvokeDriver(stack), createGrpcDriver(stack)];
};

/** The same cases, the same outcomes: registers a group of tests once for each surface. */
export const onEachSurface = (title: string, body: (driver: Driver) => void): void => {
  for (const driver of surfaces())
    describe(`${title}, over ${driver.name}`, () => {
      body(driver);
    });
};

/** For cases that need callers of several kinds. */
export const needsRoles = ({ fixedCaller }: Driver): Reason =>
  fixedCaller !== undefined && `by design: the caller is always ${fixedCaller.type} ${fixedCaller.id} here`;

/** For input that only JSON can say: wrong types, unknown fields, halves of surrogate pairs. */
export const needsJson = ({ protocol }: Driver): Reason =>
  protocol === 'grpc' && 'by design: a message of the proto cannot say this';
