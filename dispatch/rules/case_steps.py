"""What the owner of a case does next: every case shows it (R42)."""

from __future__ import annotations

#: somebody other than the technician asks the customer, then closes the order (R13)
VERIFY_WITHDRAWAL, CLOSE_WITHDRAWAL = "verify_withdrawal", "close_withdrawal"
#: it is the customer's turn, another company's, or another department's
AWAIT_CUSTOMER, AWAIT_OTHERS = "await_customer", "await_others"
CALL_BACK, CALL_AGAIN = "call_back", "call_again"
ANSWER = "answer"
LOOK_INTO = "look_into"
#: what a person may choose as the next step
CHOSEN_STEPS = (LOOK_INTO, CALL_BACK, CALL_AGAIN, ANSWER, AWAIT_CUSTOMER, AWAIT_OTHERS)
#: whom a case waits for at these steps
WAITS_FOR = {AWAIT_CUSTOMER: "customer", AWAIT_OTHERS: "others"}
