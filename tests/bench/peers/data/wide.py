"""Requests to a city as a CSV of 41 columns, six rows of a thousand at fault: `python -m data.wide FOLDER ROWS`."""

import csv
import random
import sys
from pathlib import Path

from case.wide import AGENCIES, BOROUGHS, CHANNELS, COLUMNS, PLACES, STATES

FAULTS = 0.0065

STREETS = [f"{name} {kind}" for name in ("BROADWAY", "MAIN", "GRAND", "ATLANTIC", "OCEAN", "PARK", "WEST 42", "EAST 149",
                                         "FLATBUSH", "JAMAICA", "NORTHERN", "VICTORY") for kind in
           ("STREET", "AVENUE", "BOULEVARD", "PLACE", "ROAD")]
COMPLAINTS = ["Noise - Residential", "HEAT/HOT WATER", "Illegal Parking", "Blocked Driveway", "Street Condition",
              "Street Light Condition", "PLUMBING", "Water System", "Noise - Street/Sidewalk", "General Construction"]
DESCRIPTORS = ["Loud Music/Party", "ENTIRE BUILDING", "Posted Parking Sign Violation", "No Access", "Pothole",
               "Street Light Out", "WATER SUPPLY", "Hydrant Leaking (WC1)", "Banging/Pounding", "CERAMIC-TILE"]
OUTCOMES = [
    "The Police Department responded to the complaint and took action to fix the condition.",
    "The Department of Housing Preservation and Development inspected the following conditions. No violations were issued.",
    "The Department of Transportation determined that this complaint is a duplicate of a previously filed complaint.",
    "The Department of Environmental Protection investigated this complaint and, as a result, shut the running hydrant.",
]


def main() -> None:
    folder, rows = Path(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(311)
    with (folder / "requests.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(rows):
            row = request(rng, 11_000_000 + number)
            if rng.random() < FAULTS:
                break_one(rng, row)
            writer.writerow(row[column] if column in row else "" for column in COLUMNS)


def request(rng: random.Random, key: int) -> dict[str, object]:
    draw = rng.random
    agency = AGENCIES[int(draw() ** 2 * len(AGENCIES))]
    borough = BOROUGHS[int(draw() * 6)]
    street, other, third = (STREETS[int(draw() * len(STREETS))] for _ in range(3))
    kind = int(draw() * len(COMPLAINTS))
    latitude, longitude = 40.5 + draw() * 0.4, -74.2 + draw() * 0.5
    closed = draw() < 0.97
    row = {
        "Unique Key": key, "Created Date": moment(draw), "Agency": agency,
        "Agency Name": f"{agency} Department of the City of New York", "Complaint Type": COMPLAINTS[kind],
        "Descriptor": DESCRIPTORS[kind], "Incident Zip": 10_001 + int(draw() * 1600),
        "Incident Address": f"{1 + int(draw() * 3000)} {street}", "Street Name": street, "Cross Street 1": other,
        "Cross Street 2": third, "Address Type": PLACES[int(draw() ** 3 * 5)], "City": borough,
        "Status": STATES[0 if closed else int(draw() * 7)], "Community Board": f"{1 + int(draw() * 18):02} {borough.upper()}",
        "BBL": 1_000_000_000 + int(draw() * 4_000_000_000), "Borough": borough,
        "X Coordinate (State Plane)": 913_500 + int(draw() * 150_000),
        "Y Coordinate (State Plane)": 121_500 + int(draw() * 150_000),
        "Open Data Channel Type": CHANNELS[int(draw() * 5)], "Park Facility Name": "Unspecified", "Park Borough": borough,
        "Latitude": repr(latitude), "Longitude": repr(longitude), "Location": f"({latitude!r}, {longitude!r})",
    }
    if closed:
        row |= {"Closed Date": moment(draw), "Resolution Description": OUTCOMES[int(draw() * 4)],
                "Resolution Action Updated Date": moment(draw)}
    if draw() < 0.4:
        row |= {"Location Type": "Residential Building/House", "Due Date": moment(draw), "Landmark": street}
    if draw() < 0.1:
        row |= {"Intersection Street 1": other, "Intersection Street 2": third, "Facility Type": "N/A"}
    if draw() < 0.02:
        row |= {"Vehicle Type": "Car Service", "Taxi Company Borough": borough, "Taxi Pick Up Location": "Other",
                "Bridge Highway Name": "Belt Pkwy", "Bridge Highway Direction": "East/Long Island Bound",
                "Road Ramp": "Roadway", "Bridge Highway Segment": "Exit 11"}
    return row


def moment(draw) -> str:
    return (f"{1 + int(draw() * 12):02}/{1 + int(draw() * 28):02}/{2010 + int(draw() * 11)}"
            f" {1 + int(draw() * 12):02}:{int(draw() * 60):02}:{int(draw() * 60):02} {'AP'[int(draw() * 2)]}M")


def break_one(rng: random.Random, row: dict[str, object]) -> None:
    """Breaks one of the rules of `case.wide`."""
    column, value = rng.choice([
        ("Created Date", "2015-01-03 10:00:00"), ("Created Date", ""), ("Agency", "ABC"), ("Agency", ""),
        ("Incident Zip", "1000"), ("Incident Zip", "NEWARK"), ("BBL", "0"), ("Address Type", "CORNER"),
        ("Status", "Done"), ("Status", ""), ("Borough", "YONKERS"), ("Open Data Channel Type", "FAX"),
        ("Community Board", "Q1"), ("X Coordinate (State Plane)", 0), ("Y Coordinate (State Plane)", 999_999),
        ("Latitude", "0.0"), ("Longitude", "73.9"), ("Location", "(0.0, 0.0)"), ("Complaint Type", ""),
        ("Resolution Description", "?"),
    ])
    row[column] = value


main()
