// The public promises: styles only.
import "../style/base.css";
import "../style/customer.css";
