"""What the answers to customers' messages say: importing this package registers every composer of them."""

from notifications.answers import case_answers, choice_answers, order_answers, status_answer

__all__ = ["case_answers", "choice_answers", "order_answers", "status_answer"]
