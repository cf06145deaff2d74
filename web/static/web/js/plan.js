// Where more room is to be had, on servers that sell it.

/** Return the address of the page of one's plan; "" where nothing is sold. */
export const planAddress = () => document.body.dataset.plan ?? "";
