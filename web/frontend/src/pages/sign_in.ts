// Signing in, and the short pages that say why something cannot be done: styles only.
import "../style/sign_in.css";
