// The board's map: visits, routes and where technicians were last. Without tiles it draws on a plain
// ground with the names of the estates and a scale; no foreign host is asked unless a setting names it.
import * as leaflet from "leaflet";
import "leaflet/dist/leaflet.css";
import { classesOf, SIGNS, lookOf, type Board, type BoardRow, type BoardVisit, type Place } from "./board_model";
import { make } from "./make_element";

export interface MapHooks {
  readonly tiles: string;
  readonly onSelect: (visitId: number) => void;
  readonly describe: (visit: BoardVisit) => string;
}

interface Pin {
  readonly marker: leaflet.Marker;
  readonly stamp: string;
}

export class BoardMap {
  private readonly map: leaflet.Map;
  private readonly pins = new Map<string, Pin>();
  private readonly lines = leaflet.layerGroup();
  private readonly chosen = leaflet.layerGroup();
  private board: Board | null = null;
  private selected: number | null = null;
  private fitted = "";

  constructor(
    container: HTMLElement,
    private readonly hooks: MapHooks,
  ) {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = leaflet.map(container, {
      zoomAnimation: !isStill,
      fadeAnimation: !isStill,
      markerZoomAnimation: !isStill,
      attributionControl: hooks.tiles !== "",
      preferCanvas: true,
      zoomSnap: 0.5,
    });
    this.map.setView([0, 0], 2);
    if (hooks.tiles !== "") leaflet.tileLayer(hooks.tiles, { attribution: "© OpenStreetMap" }).addTo(this.map);
    leaflet.control.scale({ imperial: false }).addTo(this.map);
    this.lines.addTo(this.map);
    this.chosen.addTo(this.map);
    new ResizeObserver(() => this.map.invalidateSize()).observe(container);
  }

  show(board: Board): void {
    this.board = board;
    const wanted = new Set<string>();
    for (const row of board.rows) {
      for (const visit of row.visits) this.showVisit(visit, wanted);
      this.showTechnician(row, wanted);
    }
    for (const visit of board.unassigned) this.showVisit(visit, wanted);
    for (const [name, place] of communities(board)) this.showName(name, place, wanted);
    for (const [key, pin] of this.pins) {
      if (wanted.has(key)) continue;
      pin.marker.remove();
      this.pins.delete(key);
    }
    this.showRoutes();
    this.fit(board);
  }

  select(visitId: number | null): void {
    this.selected = visitId;
    if (this.board) this.show(this.board);
    const marker = visitId === null ? undefined : this.pins.get(`v${visitId}`)?.marker;
    if (marker && !this.map.getBounds().contains(marker.getLatLng())) this.map.panTo(marker.getLatLng());
  }

  private showVisit(visit: BoardVisit, wanted: Set<string>): void {
    const { place } = visit;
    if (place === null) return;
    const isSelected = visit.id === this.selected;
    const text = visit.position === null ? "?" : String(visit.position);
    const classes = `pin ${classesOf(visit)}${visit.position === null ? " unplaced" : ""}${isSelected ? " selected" : ""}`;
    const look = lookOf(visit);
    const isOver = look === "done" || look === "undone";
    const sign = isOver ? SIGNS[look] : text;
    const size = isOver && !isSelected ? 12 : 20;
    const built = () =>
      leaflet
        .marker(place, {
          icon: leaflet.divIcon({ className: classes, html: make("span", {}, sign), iconSize: [size, size] }),
          keyboard: false,
          title: this.hooks.describe(visit),
          zIndexOffset: isSelected ? 1000 : isOver ? -200 : 0,
        })
        .on("click", () => this.hooks.onSelect(visit.id));
    this.put(`v${visit.id}`, `${classes} ${sign} ${place} ${this.hooks.describe(visit)}`, built, wanted);
  }

  private showTechnician(row: BoardRow, wanted: Set<string>): void {
    const { place } = row;
    if (place === null) return;
    const isChosen = row.visits.some((visit) => visit.id === this.selected);
    const built = () =>
      leaflet.marker(place, {
        icon: leaflet.divIcon({
          className: isChosen ? "pin-who chosen" : "pin-who",
          html: make("span", {}, isChosen ? `${row.name} ${row.badge}` : ""),
          iconSize: [0, 0],
        }),
        interactive: false,
        keyboard: false,
        zIndexOffset: isChosen ? 900 : 100,
      });
    this.put(`t${row.id}`, `${row.badge} ${place} ${isChosen}`, built, wanted);
  }

  private showName(name: string, place: Place, wanted: Set<string>): void {
    const built = () =>
      leaflet.marker(place, {
        icon: leaflet.divIcon({ className: "pin-name", html: make("span", {}, name), iconSize: [0, 0] }),
        interactive: false,
        keyboard: false,
        zIndexOffset: 500,
      });
    this.put(`n${name}`, `${name} ${place}`, built, wanted);
  }

  private put(key: string, stamp: string, built: () => leaflet.Marker, wanted: Set<string>): void {
    wanted.add(key);
    const pin = this.pins.get(key);
    if (pin?.stamp === stamp) return;
    pin?.marker.remove();
    this.pins.set(key, { marker: built().addTo(this.map), stamp });
  }

  private showRoutes(): void {
    this.lines.clearLayers();
    this.chosen.clearLayers();
    const style = getComputedStyle(this.map.getContainer());
    for (const row of this.board?.rows ?? []) {
      const places = row.visits.flatMap((visit) => (visit.place === null ? [] : [visit.place]));
      const isChosen = row.visits.some((visit) => visit.id === this.selected);
      const color = style.getPropertyValue(isChosen ? "--accent" : "--route").trim();
      const line = leaflet.polyline(places, { color, weight: isChosen ? 4 : 1.5, opacity: isChosen ? 0.9 : 0.6, interactive: false });
      line.addTo(isChosen ? this.chosen : this.lines);
    }
  }

  /** Once for each territory and day; afterwards the reader moves the map. */
  private fit(board: Board): void {
    const key = `${board.territory_id} ${board.day_on}`;
    const places = [...board.rows.flatMap((row) => row.visits), ...board.unassigned].flatMap((visit) => visit.place ?? []);
    if (key === this.fitted || places.length === 0) return;
    const bounds = leaflet.latLngBounds([]);
    for (const visit of [...board.rows.flatMap((row) => row.visits), ...board.unassigned]) {
      if (visit.place) bounds.extend(visit.place);
    }
    this.map.fitBounds(bounds.pad(0.05), { maxZoom: 16, animate: false });
    this.fitted = key;
  }
}

/** The middle of each estate that has a visit. */
function communities(board: Board): Map<string, Place> {
  const found = new Map<string, Place[]>();
  for (const visit of [...board.rows.flatMap((row) => row.visits), ...board.unassigned]) {
    if (visit.place) found.set(visit.community, [...(found.get(visit.community) ?? []), visit.place]);
  }
  return new Map([...found].map(([name, places]) => [name, [mean(places, 0), mean(places, 1)]]));
}

function mean(places: readonly Place[], axis: 0 | 1): number {
  return places.reduce((sum, place) => sum + place[axis], 0) / places.length;
}
