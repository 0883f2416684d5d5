"""One function for each REST operation: a request → one call on the state → an answer."""
