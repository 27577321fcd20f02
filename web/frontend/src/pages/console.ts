// The frame of the console: what every page of it looks like. A page brings its own script beside it.
import "../style/base.css";
import "../style/console.css";
