// The pages of a share link. Each module enlivens one side of them.
import "./choose.js";
import "./drop.js";
import "./look.js";
