/** What the fields about payments and holds mean; see field-notes.ts. */
export const paymentNotes: Readonly<Record<string, string>> = {
  'CreateOrderRequest.payment_status':
    '`completed`: the total is already captured. `pending` orders are cancelled when unpaid too long.',
  payment_method: 'As checkout names it; `cod` (cash on delivery) is never cancelled for want of payment.',
  payment_id: 'Id of the payment in the payment service.',
  refunded_amount: 'What has been paid back. Decimal string.',
  captured_amount: 'What has been paid. Decimal string.',
  payment_status: 'How the order is paid.',
  payments: 'Every payment that is known by its id.',
  'CreateOrderRequest.payments':
    'For a purchase paid in parts, instead of `payment_id` and `payment_method`. Completed and authorized ones sum to at most ' +
    '`total_amount`.',
  'OrderPayment.status': 'How this payment stands.',
  'CreateOrderPayment.status': 'How this payment stands.',
  method: 'As checkout names it.',
  authorized_amount: 'What was authorized, less what failed or was voided of it. Decimal string.',
  requested_amount: 'Refunds requested and not answered. Decimal string.',
  amount: 'Decimal string.',
  deadlines: 'What will happen by itself, and when.',
  what: '`payment`: cancelled when still unpaid then. `return_window`: completed then. `hold`: a person’s hold ends then. `grace`: a cancelled order can be restored until then.',
  hold: 'Why fulfilment waits; absent while it does not.',
  'Hold.reason': 'Why. For staff and services only.',
  'Hold.by': 'Who said so. For staff and services only.',
  'Hold.at': 'Since when. RFC 3339 UTC.',
  until: 'When it ends by itself. RFC 3339 UTC.',
};
